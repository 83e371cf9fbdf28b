// The page around the views: verdict, inputs, tabs, keys, printing.

/** What changes over time. */
const overTime = {
  /** @param {HTMLElement} into */
  render(into) {
    const breaks = processBreaks();
    if (data.looks.length > 1) {
      const values = data.looks.map((look) => look.n);
      into.append(h('section', null, h('h3', null, 'All goroutines'),
        lineChart({times: lookTimes.at, timed: lookTimes.known, values, width: 1200, height: 230, breaks, label: 'Goroutines over ' + several(values.length, 'look') + ': ' + values.slice(-12).join(', ')}),
        breaks.length ? h('p', {class: 'dim'}, 'Dashed: another process from here on.') : '',
        data.lookCount > data.looks.length ? h('p', {class: 'dim'}, `${count(data.looks.length)} of ${count(data.lookCount)} looks are shown.`) : ''));
      into.append(overTime.lines(breaks));
    }
    if (data.series.length) into.append(overTime.series());
    const ages = overTime.ages();
    if (ages) into.append(ages);
    if (!into.childElementCount) into.append(h('p', {class: 'nothing'}, 'One look without ages says nothing about time.'));
  },

  /** The groups that change most. @param {number[]} breaks */
  lines(breaks) {
    const rate = (/** @type {Group} */ group) => group.growth.perHour || group.growth.perLook || (group.growth.total || 0);
    const changing = data.groups.map((group, i) => ({group, i})).filter(({group}) => group.looks.some((n) => n !== group.looks[0]));
    changing.sort((a, b) => Number(Boolean(b.group.growth.significant)) - Number(Boolean(a.group.growth.significant)) || rate(b.group) - rate(a.group) || a.i - b.i);
    if (!changing.length) return h('section', null, h('h3', null, 'Groups'), h('p', {class: 'dim'}, 'No group changes between the looks.'));
    return h('section', null, h('h3', null, 'Groups that change most'), h('div', {class: 'small-charts'}, changing.slice(0, 12).map(({group, i}) =>
      h('figure', null, h('figcaption', null,
          h('a', {href: '#group-' + (i + 1), click: (/** @type {Event} */ event) => { event.preventDefault(); groups.reveal(i); }}, splitName(nameOf(blockingFrame(group))).name || 'group ' + (i + 1)),
          h('span', {class: group.growth.significant ? 'warn-text' : 'dim'}, ' ', rateOf(group.growth))),
        lineChart({times: lookTimes.at, timed: lookTimes.known, values: group.looks, width: 390, height: 130, breaks, tone: group.growth.significant ? 'warn' : '',
                   label: `Group ${i + 1}: ${group.looks.slice(-12).join(', ')}`})))));
  },

  series() {
    return h('section', null, h('h3', null, 'Other lines'), h('div', {class: 'small-charts'}, data.series.map((series) => {
      const times = series.points.filter((_, k) => k % 2 === 0), values = series.points.filter((_, k) => k % 2 === 1);
      const caption = h('figcaption', null, text(series.name), h('span', {class: series.growth.significant ? 'warn-text' : 'dim'}, ' ', rateOf(series.growth)));
      if (values.length < 2) return h('figure', null, caption, h('p', {class: 'dim'}, values.length ? amount(values[0]) : 'no values'));
      return h('figure', null, caption, lineChart({times, timed: true, values, width: 390, height: 130, tone: series.growth.significant ? 'warn' : '', label: text(series.name)}));
    })));
  },

  ages() {
    const sum = (/** @type {Group[]} */ of) => {
      /** @type {Ages} */ const ages = {n: AGES.map(() => 0), unknown: 0, atLeast: 0};
      for (const group of of) {
        group.ages.n.forEach((n, i) => { ages.n[i] += n; });
        ages.unknown = (ages.unknown || 0) + (group.ages.unknown || 0);
        ages.atLeast = (ages.atLeast || 0) + (group.ages.atLeast || 0);
      }
      return ages;
    };
    const suspects = sum(data.groups.filter(isSuspect)), others = sum(data.groups.filter((group) => !isSuspect(group)));
    if (![...suspects.n, ...others.n].some((n) => n > 0)) return null;
    return h('section', null, h('h3', null, 'How long goroutines have waited'),
             ageBars([{name: 'suspicious groups', tone: 'warn', ages: suspects}, {name: 'other groups', tone: 'calm', ages: others}], 'Ages of all goroutines'),
             h('p', {class: 'legend'}, h('span', {class: 'swatch warn'}), 'in suspicious groups', h('span', {class: 'swatch calm'}), 'in others'),
             (suspects.atLeast || 0) + (others.atLeast || 0) ? h('p', {class: 'dim'}, 'Of some only the least age is known: they stand where that is.') : '');
  },
};

const races = {
  /** @param {HTMLElement} into */
  render(into) {
    data.races.forEach((race, i) => {
      into.append(h('section', {class: 'race'},
        h('h3', null, `Race ${i + 1}`, race.n > 1 ? h('span', {class: 'dim'}, ` · reported ${count(race.n)} times`) : '',
          race.fingerprint !== undefined ? h('code', {class: 'dim'}, ' ' + text(race.fingerprint)) : ''),
        race.note !== undefined ? h('p', null, text(race.note)) : '',
        h('div', {class: 'accesses'}, race.accesses.map((access, k) => h('div', null,
          h('h4', null, (k ? 'Earlier ' : '') + access.kind, ' by ', races.who(access), access.object !== undefined ? h('span', {class: 'dim'}, ' at ' + text(access.object)) : ''),
          stackView(access.stack, ownFrame(access.stack)))),
          race.creations.map((creation) => h('div', null, h('h4', null, `Goroutine ${creation.goroutine}`, h('span', {class: 'dim'}, creation.running ? ', running,' : ', finished,'), ' started at'),
            stackView(creation.stack, ownFrame(creation.stack)))))));
    });
    if (data.omitted.races) into.append(h('p', {class: 'dim'}, several(data.omitted.races, 'more race') + ' in the JSON report.'));
  },
  /** @param {Access} access */
  who(access) { return access.main ? 'the main goroutine' : access.goroutine ? 'goroutine ' + access.goroutine : 'a goroutine'; },
};

const inputs = {
  /** @param {HTMLElement} into */
  render(into) {
    into.append(h('table', {class: 'inputs'}, h('thead', null, h('tr', null, ['Input', 'What it is', 'Size', 'What was found'].map((title) => h('th', {scope: 'col'}, title)))),
      h('tbody', null, data.inputs.map((input, i) => h('tr', null, h('td', {class: 'file'}, text(input.name)), h('td', null, text(input.what)),
        h('td', {class: 'number'}, bytesText(input.bytes)), h('td', null, inputs.found(i),
          input.error !== undefined ? h('p', {class: 'bad-text'}, text(input.error)) : '', input.notes.length ? h('ul', {class: 'notes'}, input.notes.map((note) => h('li', null, text(note)))) : ''))))));
    if (data.omitted.inputs) into.append(h('p', {class: 'dim'}, several(data.omitted.inputs, 'more input') + ' in the JSON report.'));
    into.append(h('p', {class: 'dim'}, data.redacted
      ? 'Left out of this page: addresses, values of labels and words of argument lists. An object keeps its number, and equal values of labels their mark, everywhere on the page.'
      : 'Words of argument lists are left out of this page.', ' It loads nothing and sends nothing.'));
  },
  /** @param {number} i */
  found(i) {
    const own = data.snapshots.filter((snapshot) => snapshot.input === i);
    return own.slice(0, 50).map((snapshot) => h('div', null, [
      text(snapshot.kind), snapshot.goroutines ? several(snapshot.goroutines, 'goroutine') + (snapshot.claimed && snapshot.claimed !== snapshot.goroutines ? ` of ${count(snapshot.claimed)}` : '') : '',
      snapshot.samples ? several(snapshot.samples, 'sample') : '', snapshot.races ? several(snapshot.races, 'race') : '', snapshot.cut ? 'cut' : '', text(snapshot.go),
      text(snapshot.binary), snapshot.ms !== undefined ? timeText(snapshot.ms) : '', text(snapshot.message)].filter(Boolean).join(' · ')))
      .concat(own.length > 50 ? [h('div', {class: 'dim'}, `and ${count(own.length - 50)} more`)] : []);
  },
};

const pages = (() => {
  /** @typedef {{id: string, title: string, n: number|null, there: boolean, render: (into: HTMLElement) => void, done?: boolean}} View */
  /** @type {View[]} */
  const views = [
    {id: 'groups', title: 'Groups', n: data.groups.length, there: data.groups.length > 0 || data.looks.length > 0, render: groups.render},
    {id: 'flame', title: 'Flame graph', n: null, there: data.flame.rows.length > 0, render: flame.render},
    {id: 'graph', title: 'Who waits for whom', n: data.edges.length, there: data.edges.length > 0, render: graph.render},
    {id: 'time', title: 'Over time', n: null, there: data.looks.length > 1 || data.series.length > 0 || data.groups.some((group) => group.ages.n.some((n) => n > 0)), render: overTime.render},
    {id: 'races', title: 'Races', n: data.races.length, there: data.races.length > 0, render: races.render},
    {id: 'inputs', title: 'Inputs', n: data.inputs.length + (data.omitted.inputs || 0), there: true, render: inputs.render},
  ].filter((view) => view.there);
  let active = '';

  /** @param {string} id */
  const element = (id) => /** @type {HTMLElement} */ (document.getElementById('view-' + id));

  /** Renders a view that was not yet looked at; it must be in sight for that. @param {View} view */
  function ensure(view) {
    if (view.done) return;
    view.done = true;
    view.render(element(view.id));
  }

  /** @param {string} id @param {() => void} [then] */
  function show(id, then) {
    const view = views.find((one) => one.id === id);
    if (!view) return;
    active = id;
    tip.hide();
    for (const one of views) {
      element(one.id).hidden = one.id !== id;
      const tab = /** @type {HTMLElement} */ (document.getElementById('tab-' + one.id));
      tab.setAttribute('aria-selected', String(one.id === id));
      tab.tabIndex = one.id === id ? 0 : -1;
    }
    ensure(view);
    if (id === 'flame') flame.redraw();
    if (then) then();
  }

  function tabs() {
    const names = views.map((view, i) => h('button', {
      id: 'tab-' + view.id, role: 'tab', 'aria-controls': 'view-' + view.id, 'aria-selected': 'false', title: `Key ${i + 1}`, click: () => show(view.id),
      keydown: (/** @type {KeyboardEvent} */ event) => {
        const next = {ArrowRight: views[(i + 1) % views.length], ArrowLeft: views[(i + views.length - 1) % views.length]}[event.key];
        if (!next) return;
        show(next.id);
        /** @type {HTMLElement} */ (document.getElementById('tab-' + next.id)).focus();
      },
    }, view.title, view.n === null ? '' : h('span', {class: 'n'}, count(view.n))));
    return [h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Views'}, names),
            views.map((view) => h('section', {class: 'view', id: 'view-' + view.id, role: 'tabpanel', 'aria-labelledby': 'tab-' + view.id, hidden: true},
                                  h('h2', {class: 'print-only'}, view.title)))];
  }

  /** @param {number} i */
  function at(i) { if (views[i]) show(views[i].id); }

  /** Everything on paper, in light colours; gives back what undoes it. */
  function prepareForPrint() {
    const before = active;
    theme.printing = true;
    document.documentElement.classList.add('printing');
    for (const view of views) {
      element(view.id).hidden = false;
      ensure(view);
    }
    const close = groups.openForPrint();
    theme.changed();
    graph.fit();
    return () => {
      theme.printing = false;
      document.documentElement.classList.remove('printing');
      close();
      show(before);
      theme.changed();
    };
  }

  return {tabs, show, prepareForPrint, first: () => at(0), active: () => active, at};
})();

/** The verdict, and what it rests on. */
const verdict = {
  tone: {leak: 'bad', 'likely leak': 'warn', hang: 'bad', suspicious: 'hint', races: 'warn', 'no leak found': 'good'}[data.verdict] || 'calm',

  view() {
    const top = data.groups[0];
    const title = data.verdict[0].toUpperCase() + data.verdict.slice(1);
    return h('header', {class: 'verdict ' + verdict.tone},
      h('h1', null, title),
      top && isSuspect(top) ? verdict.lead(top) : h('p', {class: 'lead'}, verdict.words()),
      top && isSuspect(top) ? h('p', {class: 'dim'}, capital(text(data.why)) + '.') : '',
      verdict.crashes(),
      verdict.facts(), verdict.next(), verdict.trouble());
  },

  words() {
    const undecided = data.groups.reduce((sum, group) => sum + (group.undecided ? group.n : 0), 0);
    const more = undecided ? ` One look cannot tell whether ${count(undecided)} of them pile up: look again.` : '';
    if (data.verdict !== 'no leak found') return capital(text(data.why)) + '.' + more;
    return (data.groups.length ? capital(text(data.why)) + '.' : '') + (more || ' Nothing gives reason to call a goroutine leaked.');
  },

  /** What the processes said that ended. */
  crashes() {
    const said = new Set(data.snapshots.flatMap((snapshot) => (snapshot.message === undefined ? [] : [text(snapshot.message)])));
    const shown = [...said].slice(0, 5).map((words) => h('p', null, h('b', null, 'Ended by'), ' ' + words));
    if (said.size > shown.length) shown.push(h('p', {class: 'dim'}, `and ${said.size - shown.length} more, among the inputs`));
    return shown;
  },

  /** @param {Group} group */
  lead(group) {
    const frame = blockingFrame(group);
    return h('p', {class: 'lead'}, h('b', null, several(group.n, 'goroutine')), ' ', doing(group),
             frame >= 0 ? [', in ', h('a', {href: '#group-1', click: (/** @type {Event} */ event) => { event.preventDefault(); groups.reveal(0); }}, nameView(nameOf(frame), '', true)), ' ', h('span', {class: 'place'}, placeOf(frame))] : '',
             '.');
  },

  facts() {
    const last = data.looks[data.looks.length - 1];
    const suspects = data.groups.filter(isSuspect).reduce((sum, group) => sum + group.n, 0);
    const times = lookTimes.at;
    const process = data.snapshots.find((snapshot) => snapshot.go !== undefined);
    /** @type {Element[]} */ const out = [];
    const add = (/** @type {string} */ name, /** @type {any[]} */ ...what) => out.push(h('div', null, h('dt', null, name), h('dd', null, ...what)));
    if (last) add('Goroutines', h('span', {class: 'big'}, count(last.n)), data.looks.length > 1 ? sparkline(data.looks.map((look) => look.n)) : '');
    if (data.groups.length) add('In suspicious groups', h('span', {class: 'big'}, count(suspects)), last && suspects ? h('span', {class: 'dim'}, percent(suspects, Math.max(last.n, suspects, 1))) : '');
    if (data.groups.length) add('Groups', h('span', {class: 'big'}, count(data.groups.length + (data.omitted.groups || 0))));
    if (data.races.length) add('Races', h('span', {class: 'big'}, count(data.races.length + (data.omitted.races || 0))));
    if (data.lookCount) {
      add('Looks', h('span', {class: 'big'}, count(data.lookCount)), h('span', {class: 'dim'}, lookTimes.known && times.length > 1 && times[times.length - 1] - times[0] >= 1000 ? 'over ' + spanText(times[times.length - 1] - times[0]) : '',
        data.restarts ? `, ${several(data.restarts, 'restart')}` : ''));
    }
    if (last && last.ms !== undefined) add('Last look', timeText(last.ms));
    if (process) add('Built with', text(process.go));
    return h('dl', {class: 'figures'}, out);
  },

  next() {
    if (!data.nextSteps.length) return '';
    return h('div', {class: 'next'}, h('b', null, 'For a better answer, bring'), h('ul', null, data.nextSteps.map((step) => h('li', null, text(step)))));
  },

  trouble() {
    const errors = data.inputs.filter((input) => input.error !== undefined).length;
    const notes = data.inputs.reduce((sum, input) => sum + input.notes.length, 0);
    if (!errors && !notes) return '';
    const words = [errors ? several(errors, 'input') + ' could not be read, or not whole' : '', notes ? several(notes, 'note') + ' on what was read' : ''].filter(Boolean).join('; ');
    return h('p', {class: errors ? 'bad-text' : 'dim'}, words + '. ', h('a', {href: '#inputs', click: (/** @type {Event} */ event) => { event.preventDefault(); pages.show('inputs'); }}, 'See the inputs'));
  },
};

const help = {
  /** @returns {HTMLDialogElement} */
  box() { return /** @type {HTMLDialogElement} */ (document.getElementById('help')); },
  view() {
    const keys = [['/', 'search'], ['j k', 'next and previous group'], ['Enter', 'open or close the group'], ['1 – 6', 'views'], ['t', 'light or dark'], ['Esc', 'leave the search, reset the zoom'],
                  ['arrows', 'walk the flame graph, pan the wait-for graph'], ['+ − 0', 'zoom the wait-for graph, fit it'], ['?', 'this help']];
    return h('dialog', {id: 'help', 'aria-labelledby': 'help-title'}, h('h2', {id: 'help-title'}, 'Keys'),
             h('dl', null, keys.map(([key, what]) => [h('dt', null, key.split(' ').map((k) => h('kbd', null, k))), h('dd', null, what)])),
             h('h2', null, 'Strengths'), h('dl', null, STRENGTHS.map((strength, i) => [h('dt', null, badge(i)), h('dd', null, strength.says)])),
             h('form', {method: 'dialog'}, h('button', {class: 'small'}, 'Close')));
  },
  toggle() {
    if (help.box().open) help.box().close(); else help.box().showModal();
  },
};

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches('input[type=search], select, textarea');
  if (event.key === 'Escape' && typing) {
    target.blur();
    return;
  }
  if (typing && !(event.key === 'Enter' && target.matches('input'))) return;
  if (help.box().open && event.key !== '?') return;
  const onControl = target.matches('button, a, summary, input[type=checkbox], .node');
  /** @type {Object<string, () => void>} */ const keys = {
    '/': () => { if (pages.active() === 'flame') flame.focusSearch(); else pages.show('groups', groups.focusSearch); },
    '?': help.toggle,
    j: () => pages.show('groups', () => groups.move(1)),
    k: () => pages.show('groups', () => groups.move(-1)),
    t: theme.toggle,
  };
  if (typing && pages.active() === 'groups') {  // Enter in the search goes to the first row
    target.blur();
    groups.move(1);
  } else if (keys[event.key]) {
    keys[event.key]();
  } else if (event.key === 'Enter' && pages.active() === 'groups' && !onControl) {
    groups.openCurrent();
  } else if (/^[1-6]$/.test(event.key)) {
    pages.at(Number(event.key) - 1);
  } else {
    return;
  }
  event.preventDefault();
}

function start() {
  theme.start();
  const page = /** @type {HTMLElement} */ (document.getElementById('page'));
  page.append(
    h('div', {class: 'top'}, h('span', {class: 'mark'}, 'unpark ', h('span', {class: 'dim'}, 'diagnose')),
      h('div', null, h('button', {class: 'small', id: 'theme', 'aria-label': 'Light or dark', title: 'Light or dark (t)', click: theme.toggle}, 'Theme'),
        h('button', {class: 'small', id: 'help-button', title: 'Keys (?)', click: help.toggle}, 'Keys'))),
    verdict.view(), ...pages.tabs().flat(), help.view(), h('div', {id: 'live', class: 'offscreen', 'aria-live': 'polite'}));
  pages.first();
  addEventListener('keydown', pressed);
  /** @type {(() => void)|null} */ let undo = null;
  addEventListener('beforeprint', () => { undo = undo || pages.prepareForPrint(); });
  addEventListener('afterprint', () => { if (undo) undo(); undo = null; });
  const linked = /^#(?:group-(\d+)|([a-z]+))$/.exec(location.hash);
  if (linked && linked[1] && data.groups[Number(linked[1]) - 1]) groups.reveal(Number(linked[1]) - 1);
  else if (linked && linked[2]) pages.show(linked[2]);
}

start();
