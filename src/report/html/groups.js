// The ranked groups: a table that can be searched, filtered and sorted, each row of which opens to
// all that is known about its group. Rows are made as they come into sight: there may be thousands.

const groups = (() => {
  const PAGE = 100;
  /** @type {{key: string, down: boolean}} */
  let order = {key: 'rank', down: false};
  let query = '';
  /** Chosen strengths; empty: all. @type {Set<number>} */
  const strengths = new Set();
  let mechanism = '';
  /** Indices of groups as filtered and sorted, and how many of them have rows. @type {number[]} */
  let shown = [];
  let made = 0;
  /** The row that the keyboard is at, in `shown`. */
  let current = -1;
  /** @type {Set<number>} */
  const open = new Set();
  /** What a search looks at, by group. @type {string[]} */
  const haystacks = [];
  /** @type {any} */
  const ui = {};

  const compared = data.groups.some((group) => group.base !== undefined);
  const several_looks = data.looks.length > 1;
  const aged = data.groups.some((group) => group.ages.oldest);
  const total = data.groups.reduce((sum, group) => sum + group.n, 0) + (data.omitted.goroutines || 0);
  const most = Math.max(1, ...data.groups.map((group) => group.n));

  /** Numbers that a column sorts by. @type {Object<string, (group: Group, i: number) => number|string>} */
  const KEYS = {
    rank: (_, i) => i,
    name: (group) => splitName(nameOf(blockingFrame(group))).name.toLowerCase(),
    count: (group) => group.n,
    change: (group) => group.n - (group.base || 0),
    rate: (group) => (group.growth.tested ? group.growth.perHour || group.growth.perLook || 0 : -Infinity),
    age: (group) => (group.ages.oldest === undefined ? -1 : group.ages.oldest),
    rule: (group) => mechanismOf(group).rule || '~',
  };

  /** @param {number} i */
  function haystack(i) {
    if (haystacks[i] === undefined) {
      const group = data.groups[i];
      const words = [STRENGTHS[group.strength].name, mechanismOf(group).name, mechanismOf(group).rule, doing(group),
                     text(group.reason), text(group.site), text(group.fingerprint), text(group.benign), text(group.object)];
      for (const frame of [...stackOf(group.stack), group.creator, group.origin === undefined ? -1 : group.origin]) {
        if (frame >= 0) words.push(frameOf(frame).name, placeOf(frame), frameOf(frame).file);
      }
      for (let k = 0; k < group.states.length; k += 2) words.push(text(group.states[k]));
      for (let k = 0; k < group.labels.length; k += 3) words.push(text(group.labels[k]), text(group.labels[k + 1]));
      haystacks[i] = words.join('\n').toLowerCase();
    }
    return haystacks[i];
  }

  function filter() {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    shown = [];
    data.groups.forEach((group, i) => {
      if (strengths.size && !strengths.has(group.strength)) return;
      if (mechanism && mechanismOf(group).name !== mechanism) return;
      if (words.every((word) => haystack(i).includes(word))) shown.push(i);
    });
    if (order.key !== 'rank' || order.down) {
      const key = KEYS[order.key];
      const by = shown.map((i) => ({i, key: key(data.groups[i], i)}));
      by.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (order.down ? -1 : 1) || a.i - b.i);
      shown = by.map((entry) => entry.i);
    }
  }

  /** Filters, sorts and begins the table anew. */
  function refresh() {
    filter();
    made = 0;
    current = -1;
    ui.body.replaceChildren();
    more();
    const goroutines = shown.reduce((sum, i) => sum + data.groups[i].n, 0);
    const words = shown.length === data.groups.length
      ? several(shown.length, 'group') : several(shown.length, 'group') + ' of ' + count(data.groups.length);
    ui.status.textContent = words + ', ' + several(goroutines, 'goroutine');
    ui.nothing.hidden = shown.length > 0;
    ui.clear.hidden = !query && !strengths.size && !mechanism;
    for (const head of ui.heads) {
      const active = head.dataset.key === order.key;
      head.setAttribute('aria-sort', active ? (order.down ? 'descending' : 'ascending') : 'none');
    }
    for (const chip of ui.chips) chip.setAttribute('aria-pressed', String(strengths.has(Number(chip.dataset.strength))));
  }

  /** The next rows. */
  function more() {
    const end = Math.min(shown.length, made + PAGE);
    const rows = [];
    for (; made < end; made++) rows.push(...rowsOf(shown[made]));
    ui.body.append(...rows);
    ui.more.hidden = made >= shown.length;
    ui.more.textContent = `Show ${count(Math.min(PAGE, shown.length - made))} more of ${count(shown.length - made)}`;
  }

  /** @param {number} i */
  function rowsOf(i) {
    const rows = [rowOf(i)];
    if (open.has(i)) rows.push(detailRow(i));
    return rows;
  }

  /** @param {number} i */
  function rowOf(i) {
    const group = data.groups[i];
    const frame = blockingFrame(group);
    const toggle = h('button', {
      class: 'toggle', 'aria-expanded': String(open.has(i)), 'aria-controls': 'group-' + i,
      'aria-label': `Group ${i + 1}: ${nameOf(frame) || doing(group)}`,
    }, h('span', {class: 'chevron', 'aria-hidden': 'true'}), String(i + 1));
    const place = frame >= 0 ? placeOf(frame) : '';
    return h('tr', {class: 'group ' + STRENGTHS[group.strength].tone + (open.has(i) ? ' open' : ''), 'data-group': i,
                    click: (/** @type {MouseEvent} */ event) => rowClicked(event, i)},
             h('td', {class: 'rank'}, toggle),
             h('td', {class: 'strength'}, badge(group.strength)),
             h('td', {class: 'what'},
               h('div', {class: 'line1'}, frame >= 0 ? nameView(nameOf(frame), 'strong', true) : h('span', {class: 'dim'}, 'no stack'),
                 place ? h('span', {class: 'place', title: frameOf(frame).file}, place) : ''),
               h('div', {class: 'line2'}, doing(group),
                 group.creator >= 0 ? [' · started by ', nameView(nameOf(group.creator), '', true)] : '')),
             h('td', {class: 'count'}, h('span', {class: 'n'}, count(group.n)),
               svg('svg', {class: 'share', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
                   svg('rect', {class: 'all', width: 100, height: 4}),
                   svg('rect', {class: 'part', width: Math.max(100 * group.n / most, 0.7), height: 4}))),
             compared ? h('td', {class: 'change ' + toneOf(group)}, group.base === undefined ? '' : signed(group.n - group.base)) : '',
             several_looks ? h('td', {class: 'rate'}, sparkline(group.looks, group.growth.significant ? 'warn' : ''),
               h('span', {class: group.growth.significant ? 'warn-text' : 'dim'}, rateOf(group.growth, true) || '–')) : '',
             aged ? h('td', {class: 'oldest'}, group.ages.oldest === undefined ? h('span', {class: 'dim'}, '–') : minutesText(group.ages.oldest, true)) : '',
             h('td', {class: 'rule'}, mechanismOf(group).rule
               ? [h('span', {class: 'id'}, mechanismOf(group).rule), h('span', {class: 'dim'}, mechanismOf(group).name)]
               : h('span', {class: 'dim'}, mechanismOf(group).name === 'none' ? '' : mechanismOf(group).name)));
  }

  /** @param {Group} group */
  function toneOf(group) {
    const change = group.n - (group.base || 0);
    return change > 0 ? 'up' : change < 0 ? 'down' : '';
  }

  /** @param {MouseEvent} event @param {number} i */
  function rowClicked(event, i) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.closest('.toggle') && getSelection()?.toString()) return;  // text is being selected
    current = shown.indexOf(i);
    mark();
    toggle(i);
  }

  const columns = () => 6 + Number(compared) + Number(several_looks) + Number(aged) - 1;

  /** @param {number} i */
  function detailRow(i) {
    return h('tr', {class: 'detail', id: 'group-' + i}, h('td', {colspan: columns()}, detail(i)));
  }

  /** @param {number} i @param {boolean} [force] */
  function toggle(i, force) {
    const row = ui.body.querySelector(`tr[data-group="${i}"]`);
    const now = force === undefined ? !open.has(i) : force;
    if (now === open.has(i)) return;
    if (now) open.add(i); else open.delete(i);
    if (!row) return;
    row.classList.toggle('open', now);
    row.querySelector('.toggle').setAttribute('aria-expanded', String(now));
    if (now) row.after(detailRow(i)); else row.nextElementSibling.remove();
  }

  /** A line of the facts beside a stack. @param {string} name @param {...any} what */
  const fact = (name, ...what) => [h('dt', null, name), h('dd', null, ...what)];

  /** @param {Group} group */
  function facts(group) {
    const {ages, growth} = group;
    const list = [];
    const last = data.looks[data.looks.length - 1];
    const whole = Math.max(data.looks.length && last.process === data.looks[0].process ? last.n : total, group.n, 1);
    list.push(fact('Goroutines', group.n ? [count(group.n), h('span', {class: 'dim'}, ` · ${percent(group.n, whole)} of all`)] : 'none: known by a heap profile alone'));
    if (group.leaked) list.push(fact('Proven leaked', count(group.leaked)));
    if (group.base !== undefined) list.push(fact('In the base', count(group.base), ` (${signed(group.n - group.base)})`));
    if (growth.tested) {
      list.push(fact('Growth', growth.perHour || growth.perLook ? rateOf(growth) : 'none', h('span', {class: 'dim'},
        growth.p !== undefined && (growth.perHour || growth.perLook) ? ` · chance of so steady a rise: ${growth.p < 0.0001 ? '< 0.0001' : amount(growth.p)}` : '')));
    }
    if (group.life) {
      const [survivors, births, deaths] = group.life;
      list.push(fact('Since the look before', `${count(survivors)} still there, ${count(births)} new, ${count(deaths)} gone`));
    }
    if (ages.oldest) {
      list.push(fact('Waiting', 'oldest ', minutesText(ages.oldest), ages.median !== undefined ? ', median ' + minutesText(ages.median) : '',
                     ages.atLeast ? h('span', {class: 'dim'}, ' · at least') : ''));
    }
    const states = pairs(group.states).map(([name, n]) => [text(name), ' ', h('span', {class: 'dim'}, '× ' + count(n))]);
    list.push(fact('State', states.length ? joined(states) : text(group.reason) || 'not known'));
    if (group.object !== undefined) list.push(fact('All at', text(group.object)));
    else if (group.objects) list.push(fact('At', several(group.objects, 'different object')));
    if (group.locked) list.push(fact('Locked to threads', count(group.locked)));
    if (group.stackBytes) list.push(fact('Stack memory', 'at least ' + bytesText(group.stackBytes)));
    if (group.heapBytes !== undefined) {
      list.push(fact('Heap', bytesText(group.heapBytes), group.heapObjects !== undefined ? ` in ${several(group.heapObjects, 'object')}` : '', ' allocated below its functions'));
    }
    if (group.origin !== undefined) {
      list.push(fact('Comes from', nameView(nameOf(group.origin)), ' ', h('span', {class: 'place'}, placeOf(group.origin)),
                     group.originObjects ? h('span', {class: 'dim'}, ` · ${several(group.originObjects, 'object')} in use`) : ''));
    }
    if (group.contentionNs !== undefined) {
      list.push(fact('Contention', spanText(group.contentionNs / 1e6) + ' of waiting', group.contentions !== undefined ? ` in ${several(group.contentions, 'wait')}` : ''));
    }
    if (group.labels.length) list.push(fact('Labels', h('ul', {class: 'labels'}, labels(group))));
    if (group.ids.length) list.push(fact('For example', 'goroutine' + (group.ids.length > 1 ? 's ' : ' ') + group.ids.join(', ')));
    if ((group.stacks || 1) > 1) list.push(fact('Stacks in the group', count(group.stacks || 1) + ' different; the most frequent is shown'));
    if (group.site !== undefined) list.push(fact('Site', h('code', null, text(group.site))));
    if (group.fingerprint !== undefined) list.push(fact('Fingerprint', h('code', null, text(group.fingerprint))));
    return h('dl', {class: 'facts'}, list);
  }

  /** @param {Group} group */
  function labels(group) {
    const out = [];
    for (let k = 0; k < group.labels.length; k += 3) {
      out.push(h('li', null, text(group.labels[k]), ' = ', text(group.labels[k + 1]),
                 h('span', {class: 'dim'}, ' × ' + count(group.labels[k + 2]))));
    }
    return out;
  }

  /** @param {number[]} flat */
  function pairs(flat) {
    const out = [];
    for (let k = 0; k < flat.length; k += 2) out.push([flat[k], flat[k + 1]]);
    return out;
  }

  /** @param {any[]} items */
  const joined = (items) => items.flatMap((item, i) => (i ? [', ', item] : [item]));

  /** Why it ranks where it does. @param {Group} group */
  function terms(group) {
    if (!group.terms.length) return '';
    const rows = [];
    for (let k = 0; k < group.terms.length; k += 3) {
      const name = text(group.terms[k]), value = group.terms[k + 1], unit = text(group.terms[k + 2]);
      const still = !group.growth.perHour && !group.growth.perLook;
      if ((value === 0 && name !== 'strength') || (name === 'chance' && still)) continue;
      const words = name === 'strength' && STRENGTHS[value] ? STRENGTHS[value].name : amount(value) + (unit ? ' ' + unit : '');
      rows.push(h('tr', null, h('th', {scope: 'row'}, name), h('td', null, words)));
    }
    return h('section', {class: 'terms'}, h('h4', null, 'Why it ranks here'), h('table', null, h('tbody', null, rows)));
  }

  /** @param {number} i */
  function edgesOf(i) {
    const lines = [];
    for (const edge of data.edges) {
      if (edge.from === i) lines.push(h('li', null, graphWords(edge, true)));
      else if (edge.to === i) lines.push(h('li', null, graphWords(edge, false)));
      if (lines.length >= 20) {
        lines.push(h('li', {class: 'dim'}, 'more in the graph'));
        break;
      }
    }
    return lines.length ? h('section', null, h('h4', null, 'Who waits for whom'), h('ul', {class: 'edges'}, lines)) : '';
  }

  /** An edge as words, seen from one of its ends. @param {Edge} edge @param {boolean} forward */
  function graphWords(edge, forward) {
    const many = edge.n && edge.n > 1 ? count(edge.n) + ' of them wait' : 'waits';
    const what = edge.object !== undefined ? ' at ' + text(edge.object) : '';
    const known = h('span', {class: 'dim'}, ' · known by ' + edge.known);
    if (!forward) return [link(edge.from), ` ${many === 'waits' ? 'waits' : '(' + edge.n + ')'} for this${what}`, known];
    if (edge.role === 'nobody') return [many + what + '; everybody is in sight, and nobody would end it', known];
    if (edge.role === 'not shown') return [many + what + '; who would end it, the evidence does not show', known];
    if (edge.role === 'self') return [many + what + ' for itself', known];
    return [many + what + (edge.role === 'holder' ? ', held by ' : '; could be woken by '), edge.to === undefined ? 'another' : link(edge.to),
            edge.toId ? h('span', {class: 'dim'}, ` goroutine ${edge.toId}`) : '', known];
  }

  /** @param {number} i */
  function link(i) {
    return h('a', {href: '#group-' + (i + 1), click: (/** @type {Event} */ event) => { event.preventDefault(); reveal(i); }},
             `group ${i + 1}`, ' ', h('span', {class: 'fn'}, splitName(nameOf(blockingFrame(data.groups[i]))).name));
  }

  /** @param {number} i */
  function detail(i) {
    const group = data.groups[i];
    const {advice} = mechanismOf(group);
    const hasEdges = data.edges.some((edge) => edge.from === i || edge.to === i);
    const chart = several_looks ? h('section', null, h('h4', null, 'Over the looks'),
      lineChart({times: lookTimes.at, timed: lookTimes.known, values: group.looks, height: 130, width: 560,
                 label: `Count of group ${i + 1} over ${several(group.looks.length, 'look')}: ${group.looks.slice(-12).join(', ')}`,
                 tone: group.growth.significant ? 'warn' : '', breaks: processBreaks()})) : '';
    const hasAges = group.ages.n.some((n) => n > 0);
    const copy = /** @type {HTMLElement} */ (h('button', {class: 'small'}, 'Copy as text'));
    copy.addEventListener('click', () => copyText(copy, asText(i)));
    return h('div', {class: 'body'},
      h('p', {class: 'sentence'}, h('b', null, several(group.n, 'goroutine')), ' ', doing(group), '.',
        h('span', {class: 'dim'}, ' ' + capital(STRENGTHS[group.strength].name) + ': ' + (group.undecided ? 'one look cannot tell whether these pile up; look again' : STRENGTHS[group.strength].says) + '.')),
      advice ? h('p', {class: 'advice'}, h('b', null, 'What to do'), capital(advice) + '.') : '',
      group.missing !== undefined && group.origin === undefined ? h('p', {class: 'missing'}, h('b', null, 'Not known'), capital(text(group.missing)) + '.') : '',
      group.benign !== undefined ? h('p', {class: 'benign'}, h('b', null, 'Expected'), 'Matches the pattern ' + text(group.benign) + '.') : '',
      h('div', {class: 'columns'},
        h('div', {class: 'left'},
          h('h4', null, 'Stack'), stackView(group.stack, group.at),
          group.creator >= 0 ? h('p', {class: 'creator'}, 'started at ', nameView(nameOf(group.creator)), ' ', h('span', {class: 'place', title: frameOf(group.creator).file}, placeOf(group.creator)),
            group.creators ? h('span', {class: 'dim'}, ' by ' + several(group.creators, 'goroutine')) : '') : '',
          edgesOf(i), chart,
          h('div', {class: 'actions'},
            h('button', {class: 'small', click: () => pages.show('flame', () => flame.reveal(group))}, 'Show in flame graph'),
            hasEdges ? h('button', {class: 'small', click: () => pages.show('graph', () => graph.reveal(i))}, 'Show in wait-for graph') : '',
            copy)),
        h('div', {class: 'right'}, facts(group),
          hasAges ? h('section', null, h('h4', null, 'How long they wait'), ageBars([{name: 'goroutines', tone: STRENGTHS[group.strength].tone, ages: group.ages}], 'Ages')) : '',
          terms(group))));
  }

  /** For a ticket or a chat. @param {number} i */
  function asText(i) {
    const group = data.groups[i];
    const mechanism = mechanismOf(group);
    const lines = [`${several(group.n, 'goroutine')} ${doing(group)} (${STRENGTHS[group.strength].name}${mechanism.rule ? ', ' + mechanism.rule : ''})`];
    if (rateOf(group.growth)) lines.push(`growth: ${rateOf(group.growth)}`);
    if (group.ages.oldest) lines.push(`oldest: ${minutesText(group.ages.oldest)}`);
    if (mechanism.advice) lines.push(`what to do: ${mechanism.advice}`);
    if (group.missing !== undefined && group.origin === undefined) lines.push(`not known: ${text(group.missing)}`);
    lines.push('');
    stackOf(group.stack).forEach((index, k) => {
      const frame = frameOf(index);
      if (frame.flags & ELISION) lines.push('   ...');
      else lines.push(`${k === group.at ? '>' : ' '}  ${frame.name}`, `      ${frame.file}${frame.line ? ':' + frame.line : ''}`);
    });
    if (group.creator >= 0) lines.push(`   started by ${nameOf(group.creator)}`, `      ${frameOf(group.creator).file}:${frameOf(group.creator).line}`);
    if (group.fingerprint !== undefined) lines.push('', `fingerprint ${text(group.fingerprint)}`);
    return lines.join('\n') + '\n';
  }

  /** Shows the current row. */
  function mark() {
    for (const row of ui.body.querySelectorAll('tr.current')) row.classList.remove('current');
    if (current < 0) return;
    const row = ui.body.querySelector(`tr[data-group="${shown[current]}"]`);
    row.classList.add('current');
    row.scrollIntoView({block: 'nearest'});
    row.querySelector('.toggle').focus({preventScroll: true});
  }

  /** @param {number} by */
  function move(by) {
    if (!shown.length) return;
    current = Math.max(0, Math.min(shown.length - 1, current + by));
    while (current >= made) more();
    mark();
  }

  /** Opens the row the keyboard is at; the first, when it is at none. */
  function openCurrent() {
    if (current < 0) move(1);
    if (current >= 0) toggle(shown[current]);
  }

  /** Shows one group, whatever the filter says. @param {number} i */
  function reveal(i) {
    pages.show('groups', () => {
      if (!shown.includes(i)) clear();
      current = shown.indexOf(i);
      while (current >= made) more();
      toggle(i, true);
      mark();
      ui.body.querySelector(`tr[data-group="${i}"]`).scrollIntoView({block: 'start'});
    });
  }

  function clear() {
    query = mechanism = '';
    strengths.clear();
    ui.search.value = ui.mechanism.value = '';
    refresh();
  }

  /** @param {string} key */
  function sortBy(key) {
    const down = key !== 'rank' && key !== 'name' && key !== 'rule';
    order = order.key === key ? {key, down: !order.down} : {key, down};
    refresh();
  }

  /** @param {string} key @param {string} title @param {string} [className] */
  function head(key, title, className) {
    const cell = h('th', {scope: 'col', class: className || key, 'data-key': key, 'aria-sort': 'none'},
                   h('button', {click: () => sortBy(key)}, title));
    ui.heads.push(cell);
    return cell;
  }

  function controls() {
    const present = STRENGTHS.map((_, i) => data.groups.filter((group) => group.strength === i).length);
    const used = [...new Set(data.groups.map((group) => mechanismOf(group).name))].filter((name) => name !== 'none').sort();
    ui.search = h('input', {type: 'search', placeholder: 'Search functions, files, states, rules   /', 'aria-label': 'Search groups',
                            spellcheck: 'false', autocomplete: 'off', input: () => { query = ui.search.value; refresh(); }});
    ui.chips = STRENGTHS.flatMap((strength, i) => (present[i] ? [h('button', {
      class: 'chip ' + strength.tone, 'data-strength': i, 'aria-pressed': 'false', title: strength.says,
      click: () => { if (!strengths.delete(i)) strengths.add(i); refresh(); },
    }, strength.name, ' ', h('span', {class: 'n'}, count(present[i])))] : []));
    ui.mechanism = h('select', {'aria-label': 'Mechanism', change: () => { mechanism = ui.mechanism.value; refresh(); }},
                     h('option', {value: ''}, 'All mechanisms'), used.map((name) => h('option', {value: name}, name)));
    ui.clear = h('button', {class: 'small', hidden: true, click: clear}, 'Clear');
    ui.status = h('span', {class: 'status', role: 'status'});
    return h('div', {class: 'controls'}, ui.search, used.length ? ui.mechanism : '', ui.clear, ui.status,
             h('div', {class: 'chips', role: 'group', 'aria-label': 'Strength'}, ui.chips));
  }

  /** @param {HTMLElement} into */
  function render(into) {
    ui.heads = [];
    const bar = controls();
    ui.body = h('tbody', null);
    ui.nothing = h('p', {class: 'nothing', hidden: true}, data.groups.length ? 'No group matches.' : 'The evidence shows no goroutines to group.');
    ui.more = h('button', {class: 'more', click: more});
    into.append(bar, h('table', {class: 'groups'}, h('thead', null, h('tr', null,
      head('rank', '#'), h('th', {scope: 'col', class: 'strength'}, 'Strength'), head('name', 'Where and what', 'what'),
      head('count', 'Count'), compared ? head('change', 'Change') : '', several_looks ? head('rate', 'Growth') : '',
      aged ? head('age', 'Oldest', 'oldest') : '', head('rule', 'Rule'))), ui.body), ui.nothing, ui.more);
    if (data.omitted.groups) {
      into.append(h('p', {class: 'dim'}, `${several(data.omitted.groups, 'smaller group')} with ${several(data.omitted.goroutines, 'goroutine')} ` +
                    'would make this page too large; the JSON report has all.'));
    }
    refresh();
    new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting) && made < shown.length) more(); },
                             {rootMargin: '400px'}).observe(ui.more);
  }

  /** Opens what matters for paper, and says how to close it again. */
  function openForPrint() {
    const before = new Set(open);
    shown.slice(0, 20).forEach((i) => { if (isSuspect(data.groups[i]) || i < 3) toggle(i, true); });
    return () => { for (const i of [...open]) if (!before.has(i)) toggle(i, false); };
  }

  return {render, move, openCurrent, reveal, openForPrint, focusSearch: () => { ui.search.focus(); ui.search.select(); }, total};
})();
