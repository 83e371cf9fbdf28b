// The wait-for graph: groups, and who could end their waiting. Waiters stand left of those they wait
// for, in layers; what is connected stands together, the highest ranked first. Ways back, which only
// circles have, are drawn from left to right all the same, below the boxes' middle.
//
// Layers come from the longest ways after circles are cut where a walk from the highest ranked group
// closes them; the order in a layer from the mean place of neighbours, swept to and fro.

const graph = (() => {
  const WIDTH = 236, HEIGHT = 56, GAP_X = 150, GAP_Y = 22, PARTS = 44;
  const MOST = 60;
  /**
   * @typedef {{key: string, group: number, label: string, minor: boolean, layer: number, x: number,
   *            y: number, w: number, h: number}} Node
   * @typedef {{from: Node, to: Node, edge: Edge, index: number, cycle: boolean, back: boolean}} Link
   */
  /** @type {any} */ const ui = {};
  let notShown = false;
  let limit = MOST;
  let chosen = -1;
  /** What of the drawing is in sight. */
  const sight = {x: 0, y: 0, w: 1000, h: 500};
  const size = {w: 1000, h: 500};
  const inCycle = new Set(data.cycles.flat());

  /**
   * What is drawn: circles first, then what waits at the highest ranked groups, up to `limit` boxes.
   * @returns {{nodes: Map<string, Node>, links: Link[], hidden: number}}
   */
  function collect() {
    const rank = (/** @type {Edge} */ edge) => Math.min(edge.from, edge.to === undefined ? edge.from : edge.to);
    const wanted = data.edges.map((edge, i) => ({edge, i})).filter(({edge}) => notShown || edge.role !== 'not shown');
    wanted.sort((a, b) => Number(inCycle.has(b.i)) - Number(inCycle.has(a.i)) || rank(a.edge) - rank(b.edge) || a.i - b.i);
    /** @type {Map<string, Node>} */ const nodes = new Map();
    /** @type {Link[]} */ const links = [];
    for (const {edge, i} of wanted) {
      const known = nodes.has('g' + edge.from) && (edge.to === undefined || nodes.has('g' + edge.to));
      if (nodes.size >= limit && !known) continue;
      const from = nodeOf(nodes, edge.from);
      const to = edge.role === 'self' ? from : edge.to !== undefined ? nodeOf(nodes, edge.to) : endOf(nodes, edge);
      links.push({from, to, edge, index: i, cycle: inCycle.has(i), back: false});
    }
    return {nodes, links, hidden: wanted.length - links.length};
  }

  /** @param {Map<string, Node>} nodes @param {number} group @returns {Node} */
  function nodeOf(nodes, group) {
    const key = 'g' + group;
    let node = nodes.get(key);
    if (!node) {
      node = {key, group, label: '', minor: false, layer: 0, x: 0, y: 0, w: WIDTH, h: HEIGHT};
      nodes.set(key, node);
    }
    return node;
  }

  /** What stands for nobody, or for somebody out of sight, behind one group. @param {Map<string, Node>} nodes @param {Edge} edge @returns {Node} */
  function endOf(nodes, edge) {
    const key = edge.role + edge.from;
    let node = nodes.get(key);
    if (!node) {
      node = {key, group: -1, label: edge.role === 'nobody' ? 'nobody' : 'not shown', minor: true, layer: 0, x: 0, y: 0, w: 92, h: 28};
      nodes.set(key, node);
    }
    return node;
  }

  /** @param {Node[]} nodes @param {Link[]} links */
  function layers(nodes, links) {
    /** @type {Map<Node, Link[]>} */ const out = new Map(nodes.map((node) => [node, []]));
    for (const link of links) if (link.from !== link.to) /** @type {Link[]} */ (out.get(link.from)).push(link);
    // A walk in depth that keeps its own stack: the graph may be one long chain.
    /** @type {Map<Node, number>} */ const state = new Map();
    /** @type {Node[]} */ const finished = [];
    for (const start of nodes) {
      if (state.has(start)) continue;
      /** @type {{node: Node, at: number}[]} */ const way = [{node: start, at: 0}];
      state.set(start, 1);
      while (way.length) {
        const top = way[way.length - 1];
        const next = /** @type {Link[]} */ (out.get(top.node))[top.at++];
        if (!next) {
          state.set(top.node, 2);
          finished.push(top.node);
          way.pop();
        } else if (!state.has(next.to)) {
          state.set(next.to, 1);
          way.push({node: next.to, at: 0});
        } else if (state.get(next.to) === 1) {
          next.back = true;
        }
      }
    }
    for (const node of finished.reverse()) {
      for (const link of /** @type {Link[]} */ (out.get(node))) {
        if (!link.back) link.to.layer = Math.max(link.to.layer, node.layer + 1);
      }
    }
  }

  /** Gives places to the nodes of one part, below `top`; says where it ends. @param {Node[]} nodes @param {Link[]} links @param {Map<Node, Node[]>} near @param {number} top */
  function place(nodes, links, near, top) {
    layers(nodes, links);
    /** @type {Node[][]} */ const rows = [];
    for (const node of nodes) (rows[node.layer] = rows[node.layer] || []).push(node);
    for (let i = 0; i < rows.length; i++) rows[i] = rows[i] || [];
    for (let sweep = 0; sweep < 6; sweep++) {
      for (const row of sweep % 2 ? [...rows].reverse() : rows) order(row, near);
    }
    const heightOf = (/** @type {Node[]} */ row) => row.reduce((sum, node) => sum + node.h + GAP_Y, -GAP_Y);
    const height = Math.max(...rows.map(heightOf));
    rows.forEach((row, layer) => {
      // In the middle, but not so far down that one does not see what many wait for.
      let y = top + Math.min((height - heightOf(row)) / 2, 3 * (HEIGHT + GAP_Y));
      for (const node of row) {
        node.x = layer * (WIDTH + GAP_X);
        node.y = y;
        y += node.h + GAP_Y;
      }
    });
    return top + height;
  }

  /** @param {Node[]} row @param {Map<Node, Node[]>} near */
  function order(row, near) {
    /** @type {Map<Node, number>} */ const at = new Map();
    row.forEach((node, i) => { node.y = node.y || i; });
    for (const node of row) {
      const others = near.get(node) || [];
      at.set(node, others.length ? others.reduce((sum, other) => sum + other.y, 0) / others.length : node.y);
    }
    row.sort((a, b) => /** @type {number} */ (at.get(a)) - /** @type {number} */ (at.get(b)) || a.group - b.group);
    row.forEach((node, i) => { node.y = i - row.length / 2; });
  }

  /** Who is linked with whom. @param {Link[]} links @returns {Map<Node, Node[]>} */
  function neighbours(links) {
    /** @type {Map<Node, Node[]>} */ const near = new Map();
    const add = (/** @type {Node} */ node, /** @type {Node} */ other) => {
      const others = near.get(node);
      if (others) others.push(other); else near.set(node, [other]);
    };
    for (const {from, to} of links) {
      if (from === to) continue;
      add(from, to);
      add(to, from);
    }
    return near;
  }

  function layout() {
    const {nodes, links, hidden} = collect();
    let y = 0;
    /** @type {Set<Node>} */ const done = new Set();
    const all = [...nodes.values()], near = neighbours(links);
    for (const start of all) {
      if (done.has(start)) continue;
      const part = reach(start, near);
      part.forEach((node) => done.add(node));
      y = place([...part], links.filter((link) => part.has(link.from)), near, y) + PARTS;
    }
    size.w = Math.max(400, ...all.map((node) => node.x + node.w));
    size.h = Math.max(120, y - PARTS);
    return {all, links, hidden};
  }

  /** @param {Node} start @param {Map<Node, Node[]>} near */
  function reach(start, near) {
    const part = new Set([start]);
    for (const node of part) {  // the set grows meanwhile, and the loop with it
      for (const other of near.get(node) || []) part.add(other);
    }
    return part;
  }

  /** @param {Link} link @param {number} lane */
  function pathOf(link, lane) {
    const {from, to} = link;
    if (from === to) {
      const x = from.x + from.w - 50, y = from.y;
      return {d: `M${x},${y} C${x - 4},${y - 34} ${x + 44},${y - 34} ${x + 36},${y}`, x: x + 18, y: y - 24};
    }
    const ahead = to.x > from.x;
    const shift = Math.max(-18, Math.min(18, lane * 9));
    const x1 = ahead ? from.x + from.w : from.x, y1 = from.y + from.h / 2 + shift;
    const x2 = ahead ? to.x : to.x + to.w, y2 = to.y + to.h / 2 + Math.max(-to.h / 2 + 6, Math.min(to.h / 2 - 6, shift));
    const bend = Math.max(40, Math.abs(x2 - x1) / 2) * (ahead ? 1 : -1);
    return {d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`, x: (x1 + x2) / 2, y: (y1 + y2) / 2};
  }

  /** @param {Link} link */
  function labelOf(link) {
    const {role, object, n} = link.edge;
    const words = {holder: 'held by', waker: 'woken by', self: 'itself', nobody: '', 'not shown': ''}[role] || '';
    return [words, n && n > 1 ? '× ' + count(n) : '', object !== undefined ? text(object) : ''].filter(Boolean).join(' · ');
  }

  /** @param {Link} link @param {number} lane */
  function drawLink(link, lane) {
    const {d, x, y} = pathOf(link, lane);
    const {edge} = link;
    const where = edge.object !== undefined ? ` at ${text(edge.object)}` : '';
    const kind = link.cycle ? 'cycle' : edge.role === 'nobody' ? 'nobody' : edge.role === 'not shown' ? 'unknown' : edge.role;
    return svg('g', {class: `link ${kind} known-${edge.known}`, 'data-edge': link.index},
               svg('title', null, `group ${edge.from + 1} → ${edge.to === undefined ? edge.role : 'group ' + (edge.to + 1)}: ${edge.role}${where}, known by ${edge.known}` +
                   (link.cycle ? '; part of a lock cycle' : '')),
               svg('path', {class: 'wide', d}), svg('path', {class: 'thin', d, 'marker-end': `url(#arrow-${kind === 'cycle' ? 'cycle' : 'plain'})`}),
               svg('text', {x, y: y - 5, 'text-anchor': 'middle'}, labelOf(link)));
  }

  /** @param {Node} node */
  function drawNode(node) {
    if (node.minor) {
      const nobody = node.label === 'nobody';
      return svg('g', {class: 'node minor ' + (nobody ? 'nobody' : ''), transform: `translate(${node.x},${node.y})`},
                 svg('title', null, nobody ? 'Everybody is in sight, and nobody would end this wait' : 'The evidence does not show who would end this wait'),
                 svg('rect', {width: node.w, height: node.h, rx: 14}), svg('text', {x: node.w / 2, y: 18, 'text-anchor': 'middle'}, node.label));
    }
    const group = data.groups[node.group];
    const {name} = splitName(nameOf(blockingFrame(group)));
    const fit = name.length > 30 ? '…' + name.slice(-29) : name;
    return svg('g', {class: `node ${STRENGTHS[group.strength].tone}` + (node.group === chosen ? ' chosen' : ''), transform: `translate(${node.x},${node.y})`,
                     tabindex: 0, role: 'button', 'data-group': node.group, 'aria-label': `Group ${node.group + 1}: ${several(group.n, 'goroutine')} in ${name}, ${text(group.reason)}`,
                     click: () => choose(node.group), keydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter') choose(node.group); }},
               svg('title', null, nameOf(blockingFrame(group))),
               svg('rect', {class: 'box', width: node.w, height: node.h, rx: 5}), svg('rect', {class: 'edge', width: 4, height: node.h, rx: 2}),
               svg('text', {class: 'name', x: 14, y: 22}, fit || '(no stack)'),
               svg('text', {class: 'sub', x: 14, y: 42}, `${count(group.n)} × ${text(group.reason) || 'state not known'}`),
               svg('text', {class: 'sub', x: node.w - 10, y: 42, 'text-anchor': 'end'}, '#' + (node.group + 1)));
  }

  /** @param {number} group */
  function choose(group) {
    chosen = group;
    for (const node of ui.svg.querySelectorAll('.node')) node.classList.toggle('chosen', node.getAttribute('data-group') === String(group));
    const of = data.groups[group];
    ui.card.replaceChildren(badge(of.strength), ' ', h('b', null, several(of.n, 'goroutine')), ' ', doing(of), ' in ', nameView(nameOf(blockingFrame(of))), ' ',
                            h('span', {class: 'place'}, blockingFrame(of) >= 0 ? placeOf(blockingFrame(of)) : ''), ' ',
                            h('button', {class: 'small', click: () => groups.reveal(group)}, 'Open group ' + (group + 1)));
    ui.card.hidden = false;
  }

  function draw() {
    const {all, links, hidden} = layout();
    ui.svg.replaceChildren(
      svg('defs', null, ['plain', 'cycle'].map((kind) => svg('marker', {id: 'arrow-' + kind, viewBox: '0 0 10 10', refX: 9, refY: 5, markerUnits: 'userSpaceOnUse', markerWidth: 11, markerHeight: 11, orient: 'auto-start-reverse'},
        svg('path', {d: 'M0,1 L10,5 L0,9 z'})))),
      ...lanes(links).map(([link, lane]) => drawLink(link, lane)), ...all.map(drawNode));
    ui.more.hidden = hidden === 0;
    ui.more.textContent = `Show more of ${several(hidden, 'other wait')}`;
    ui.empty.hidden = all.length > 0;
    fillList(links);
    fit();
  }

  /** Links between the same two boxes lie beside each other. @param {Link[]} links @returns {[Link, number][]} */
  function lanes(links) {
    /** @type {Map<string, number>} */ const used = new Map();
    const total = new Map();
    const key = (/** @type {Link} */ link) => [link.from.key, link.to.key].sort().join(' ');
    for (const link of links) total.set(key(link), (total.get(key(link)) || 0) + 1);
    return links.map((link) => {
      const n = used.get(key(link)) || 0;
      used.set(key(link), n + 1);
      return [link, (n - (total.get(key(link)) - 1) / 2) * 2];
    });
  }

  /** @param {Link[]} links */
  function fillList(links) {
    ui.list.replaceChildren(h('summary', null, 'The same as a list'), h('ul', null, links.map(({edge, cycle}) => {
      const name = (/** @type {number} */ i) => [h('a', {href: '#group-' + (i + 1), click: (/** @type {Event} */ event) => { event.preventDefault(); groups.reveal(i); }}, 'group ' + (i + 1)), ' ', nameView(nameOf(blockingFrame(data.groups[i])))];
      return h('li', null, name(edge.from), ` (${count(edge.n || 1)}) → `, edge.role === 'self' ? 'itself' : edge.to === undefined ? edge.role : name(edge.to),
               h('span', {class: 'dim'}, ` · ${edge.role}${edge.object !== undefined ? ', ' + text(edge.object) : ''}, known by ${edge.known}${cycle ? ', in a lock cycle' : ''}`));
    })));
  }

  function show() { ui.svg.setAttribute('viewBox', `${sight.x} ${sight.y} ${sight.w} ${sight.h}`); }

  /** All of the drawing, but never larger than its own size; what is higher than the window begins at its top. */
  function fit() {
    const pad = 44;
    const width = ui.svg.clientWidth || 1000;
    const room = Math.min(innerHeight * 0.68, 640);
    const height = Math.max(180, Math.min(room, (size.h + 2 * pad) / Math.max(1, (size.w + 2 * pad) / width)));
    ui.svg.style.height = height + 'px';
    const scale = Math.max(1, (size.w + 2 * pad) / width, Math.min((size.h + 2 * pad) / height, 1.9));
    Object.assign(sight, {w: width * scale, h: height * scale});
    sight.x = (size.w - sight.w) / 2;
    sight.y = size.h + 2 * pad > sight.h ? -pad : (size.h - sight.h) / 2;
    show();
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] where, as parts of the window */
  function zoomBy(factor, px = 0.5, py = 0.5) {
    const w = Math.max(150, Math.min(sight.w * factor, 40 * size.w));
    const ratio = w / sight.w;
    sight.x += sight.w * px * (1 - ratio);
    sight.y += sight.h * py * (1 - ratio);
    sight.w = w;
    sight.h *= ratio;
    show();
  }

  /** @param {number} dx @param {number} dy */
  function pan(dx, dy) {
    sight.x += dx;
    sight.y += dy;
    show();
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    const step = sight.w / 12;
    /** @type {Object<string, () => void>} */ const keys = {
      ArrowLeft: () => pan(-step, 0), ArrowRight: () => pan(step, 0), ArrowUp: () => pan(0, -step), ArrowDown: () => pan(0, step),
      '+': () => zoomBy(0.8), '=': () => zoomBy(0.8), '-': () => zoomBy(1.25), '0': fit,
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  function listen() {
    /** @type {{x: number, y: number}|null} */ let held = null;
    ui.svg.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => { held = {x: event.clientX, y: event.clientY}; });
    ui.svg.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
      if (!held || !event.buttons) return;
      const scale = sight.w / ui.svg.clientWidth;
      pan((held.x - event.clientX) * scale, (held.y - event.clientY) * scale);
      held = {x: event.clientX, y: event.clientY};
    });
    ui.svg.addEventListener('wheel', (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey && !ui.box.contains(document.activeElement)) return;
      event.preventDefault();
      const area = ui.svg.getBoundingClientRect();
      zoomBy(event.deltaY > 0 ? 1.15 : 0.87, (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
    }, {passive: false});
    ui.box.addEventListener('keydown', keyed);
  }

  /** @param {HTMLElement} into */
  function render(into) {
    const unknown = data.edges.filter((edge) => edge.role === 'not shown').length;
    notShown = unknown > 0 && unknown === data.edges.length;
    const toggle = h('input', {type: 'checkbox', change: (/** @type {any} */ event) => { notShown = event.target.checked; draw(); }});
    toggle.checked = notShown;
    ui.svg = svg('svg', {class: 'graph', role: 'group', 'aria-label': 'Wait-for graph; the list below holds the same'});
    ui.card = h('p', {class: 'card', hidden: true});
    ui.empty = h('p', {class: 'nothing', hidden: true}, 'Nothing is known about who could wake whom.');
    ui.more = h('button', {class: 'more', hidden: true, click: () => { limit *= 4; draw(); }});
    ui.list = h('details', {class: 'flame-list'});
    ui.box = h('div', {class: 'graph-box', tabindex: 0, 'aria-label': 'Wait-for graph: arrows pan, plus and minus zoom, 0 fits'}, ui.svg);
    into.append(
      h('div', {class: 'controls'},
        h('span', {class: 'status'}, data.cycles.length ? h('b', {class: 'bad-text'}, several(data.cycles.length, 'lock cycle')) : '', data.cycles.length ? ' · ' : '',
          'who waits → who would end it'),
        h('div', {class: 'options'}, unknown ? h('label', {class: 'option'}, toggle, `Waits whose end is not shown (${count(unknown)})`) : '',
          h('button', {class: 'small', 'data-do': 'in', 'aria-label': 'Zoom in', click: () => zoomBy(0.8)}, '+'), h('button', {class: 'small', 'data-do': 'out', 'aria-label': 'Zoom out', click: () => zoomBy(1.25)}, '−'),
          h('button', {class: 'small', 'data-do': 'fit', click: fit}, 'Fit'))),
      ui.box, ui.empty, ui.more,
      h('p', {class: 'legend'}, h('span', {class: 'stroke solid'}), 'known by address', h('span', {class: 'stroke dashed'}), 'by field', h('span', {class: 'stroke dotted'}), 'by creator, frames or stale words',
        h('span', {class: 'stroke cycle'}), 'lock cycle'),
      ui.card, ui.list);
    listen();
    draw();
  }

  /** @param {number} group */
  function reveal(group) {
    if (!ui.svg) return;
    const own = data.edges.filter((edge) => edge.from === group || edge.to === group);
    if (own.every((edge) => edge.role === 'not shown') && !notShown) {
      notShown = true;
      for (const input of document.querySelectorAll('#view-graph input[type=checkbox]')) /** @type {HTMLInputElement} */ (input).checked = true;
    }
    const isThere = () => ui.svg.querySelector(`.node[data-group="${group}"]`);
    draw();
    while (!isThere() && !ui.more.hidden) {
      limit *= 4;
      draw();
    }
    choose(group);
    const node = isThere();
    if (!node) return;
    const [, x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(node.getAttribute('transform')) || ['', '0', '0'];
    sight.x = Number(x) + WIDTH / 2 - sight.w / 2;
    sight.y = Number(y) + HEIGHT / 2 - sight.h / 2;
    show();
  }

  return {render, reveal, fit: () => { if (ui.svg) fit(); }};
})();
