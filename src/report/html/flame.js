// The flame graph: all stacks of the last look as one tree, a box for each function, as wide as
// there are goroutines in it. Drawn on a canvas of the size of the window on it; the list below it
// holds the same for those who cannot see or point at it.

const flame = (() => {
  const ROW = 19, LEAST = 0.6;  // height of a box; boxes narrower than this are not drawn
  const options = {inverted: false, creators: true, lines: false, runtime: false, diff: false, up: false};
  /**
   * @typedef {{label: string, frame: number, n: number, base: number, size: number, depth: number,
   *            parent: Box|null, children: Map<any, Box>, kids: Box[]|null}} Box
   */
  /** @type {Box} */ let root = box('all', -1, null);
  /** @type {Box} */ let zoomed = root;
  /** @type {Box|null} */ let hovered = null;
  /** @type {Box|null} */ let selected = null;
  let query = '';
  let depth = 1;
  /** Boxes on the canvas, for finding the one below the pointer. @type {{x: number, y: number, w: number, box: Box}[]} */
  let drawn = [];
  /** @type {any} */ const ui = {};
  /** @type {CanvasRenderingContext2D} */ let paint;

  /** @param {string} label @param {number} frame @param {Box|null} parent @returns {Box} */
  function box(label, frame, parent) {
    return {label, frame, n: 0, base: 0, size: 0, depth: parent ? parent.depth + 1 : 0, parent, children: new Map(), kids: null};
  }

  /** The frames of a row as the graph shows them, from the root of the graph. @param {number} node @param {number} creator */
  function pathOf(node, creator) {
    let frames = stackOf(node);
    if (!options.runtime) {
      const kept = frames.filter((frame) => !isRuntime(frameOf(frame).name));
      if (kept.length) frames = kept;
    }
    if (!options.inverted) frames.reverse();
    return frames;
  }

  function build() {
    root = box('all goroutines', -1, null);
    const {rows} = data.flame;
    for (let i = 0; i < rows.length; i += 4) {
      const n = rows[i + 2], base = options.diff ? rows[i + 3] : 0;
      const size = options.diff ? Math.max(n, base) : n;
      if (!size) continue;
      let at = root;
      add(at, n, base, size);
      if (options.creators && !options.inverted && rows[i + 1] >= 0) at = step(at, rows[i + 1], true, n, base, size);
      for (const frame of pathOf(rows[i], rows[i + 1])) at = step(at, frame, false, n, base, size);
      if (options.creators && options.inverted && rows[i + 1] >= 0) step(at, rows[i + 1], true, n, base, size);
    }
    zoomed = root;
    selected = hovered = null;
  }

  /** @param {Box} at @param {number} n @param {number} base @param {number} size */
  function add(at, n, base, size) {
    at.n += n;
    at.base += base;
    at.size += size;
  }

  /** @param {Box} at @param {number} frame @param {boolean} go @param {number} n @param {number} base @param {number} size */
  function step(at, frame, go, n, base, size) {
    const key = keyOf(frame, go);
    let next = at.children.get(key);
    if (!next) {
      const {name, line, flags} = frameOf(frame);
      const shown = flags & ELISION ? '(frames left out)' : splitName(name).name;
      next = box((go ? 'go in ' : '') + shown + (options.lines && line && !(flags & ELISION) ? ':' + line : ''), frame, at);
      at.children.set(key, next);
    }
    add(next, n, base, size);
    return next;
  }

  /** Frames with equal keys are one box. @param {number} frame @param {boolean} go */
  function keyOf(frame, go) {
    if (options.lines) return go ? 'go' + frame : frame;
    const fn = data.frames[frame * 4];
    return go ? 'go' + fn : 'f' + fn;
  }

  /** Widest first; equal ones by name. @param {Box} of */
  function kids(of) {
    if (!of.kids) of.kids = [...of.children.values()].sort((a, b) => b.size - a.size || (a.label < b.label ? -1 : 1));
    return of.kids;
  }

  /** How deep the boxes below go that are wide enough to be seen. @param {Box} from @param {number} width */
  function depthOf(from, width) {
    let deepest = from.depth;
    /** @type {Box[]} */ const stack = [from];
    for (let at; (at = stack.pop());) {
      deepest = Math.max(deepest, at.depth);
      for (const kid of at.children.values()) {
        if (kid.size / from.size * width >= LEAST) stack.push(kid);
        else deepest = Math.max(deepest, kid.depth);
      }
    }
    return deepest + 1;
  }

  const palette = () => (theme.isDark() ? {
    text: '#e9ebee', faint: '#8a929c', edge: '#17191c', back: '#17191c', own: [[36, 32, 34], [24, 34, 34], [14, 32, 33], [45, 28, 31], [6, 30, 35]],
    library: '#3a3f46', runtime: '#2c3036', hit: '#9d6bd6', hitText: '#ffffff', dim: 0.32, same: '#3a3f46', focus: '#ffffff',
    up: (/** @type {number} */ s) => `hsl(4 ${20 + 28 * s}% ${30 + 9 * s}%)`, down: (/** @type {number} */ s) => `hsl(214 ${20 + 28 * s}% ${30 + 11 * s}%)`,
  } : {
    text: '#22262b', faint: '#767d86', edge: '#ffffff', back: '#ffffff', own: [[36, 72, 80], [24, 72, 83], [44, 70, 80], [14, 66, 84], [52, 60, 80]],
    library: '#dfe2e7', runtime: '#eceef1', hit: '#8250c8', hitText: '#ffffff', dim: 0.35, same: '#e4e6ea', focus: '#1a1c1f',
    up: (/** @type {number} */ s) => `hsl(6 ${45 + 35 * s}% ${90 - 24 * s}%)`, down: (/** @type {number} */ s) => `hsl(214 ${45 + 30 * s}% ${90 - 22 * s}%)`,
  });

  /** @param {Box} of @param {any} colors */
  function colorOf(of, colors) {
    if (options.diff) {
      const change = (of.n - of.base) / Math.max(of.n, of.base, 1);
      return Math.abs(change) < 0.02 ? colors.same : change > 0 ? colors.up(change) : colors.down(-change);
    }
    const name = nameOf(of.frame);
    if (of.frame < 0 || isStandard(name)) return isRuntime(name) ? colors.runtime : colors.library;
    // One hue for a package: its boxes belong together; one shade for a function.
    const {path, name: rest} = splitName(name);
    const hue = colors.own[hash(path + rest.slice(0, rest.indexOf('.'))) % colors.own.length];
    return `hsl(${hue[0]} ${hue[1]}% ${hue[2] + (hash(rest) >>> 8) % 7 - 3}%)`;
  }

  /** @param {string} words */
  function hash(words) {
    let value = 2166136261;
    for (let i = 0; i < words.length; i++) value = Math.imul(value ^ words.charCodeAt(i), 16777619);
    return value >>> 0;
  }

  /** @param {Box} of */
  const matches = (of) => query !== '' && of.frame >= 0 && (nameOf(of.frame) + '\n' + placeOf(of.frame)).toLowerCase().includes(query);

  function draw() {
    const width = ui.frame.clientWidth, ratio = window.devicePixelRatio || 1;
    if (!width) return;
    depth = depthOf(zoomed, width);
    const height = Math.min(depth * ROW, Math.max(240, innerHeight * (theme.printing ? 3 : 0.68)));
    ui.spacer.style.height = depth * ROW - height + 'px';
    ui.frame.style.height = height + 'px';
    ui.canvas.width = Math.round(width * ratio);
    ui.canvas.height = Math.round(height * ratio);
    ui.canvas.style.width = width + 'px';
    ui.canvas.style.height = height + 'px';
    paint = ui.canvas.getContext('2d');
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colors = palette();
    paint.fillStyle = colors.back;
    paint.fillRect(0, 0, width, height);
    paint.font = '12px ui-sans-serif, system-ui, sans-serif';
    paint.textBaseline = 'middle';
    drawn = [];
    for (let at = zoomed.parent; at; at = at.parent) drawBox(at, 0, width, height, colors, true);
    drawBelow(zoomed, 0, width, height, colors);
  }

  /** @param {Box} from @param {number} left @param {number} width @param {number} height @param {any} colors */
  function drawBelow(from, left, width, height, colors) {
    const scale = width / from.size;
    /** @type {[Box, number][]} */ const stack = [[from, left]];
    for (let top; (top = stack.pop());) {
      const [at, x] = top;
      drawBox(at, x, at.size * scale, height, colors, false);
      let next = x;
      for (const kid of kids(at)) {
        if (kid.size * scale < LEAST) {  // this one and all after it: one box for what they come to
          const rest = restOf(at, kid) * scale;
          if (rest >= LEAST) drawRest(next, at.depth + 1, rest, height, colors);
          break;
        }
        stack.push([kid, next]);
        next += kid.size * scale;
      }
    }
  }

  /** The size of a box's children from one on. @param {Box} of @param {Box} first */
  function restOf(of, first) {
    const all = kids(of);
    let size = 0;
    for (let i = all.indexOf(first); i < all.length; i++) size += all[i].size;
    return size;
  }

  /** Boxes too narrow to draw. @param {number} x @param {number} level @param {number} w @param {number} height @param {any} colors */
  function drawRest(x, level, w, height, colors) {
    const y = (options.up ? depth - 1 - level : level) * ROW - ui.frame.scrollTop;
    if (y + ROW < 0 || y > height) return;
    paint.fillStyle = colors.runtime;
    paint.fillRect(x, y, w, ROW - 1);
    if (w < 60) return;
    paint.fillStyle = colors.faint;
    paint.fillText(fitted('many small ones', w - 8), x + 4, y + ROW / 2);
  }

  /** @param {Box} of @param {number} x @param {number} w @param {number} height @param {any} colors @param {boolean} above */
  function drawBox(of, x, w, height, colors, above) {
    const row = options.up ? depth - 1 - of.depth : of.depth;
    const y = row * ROW - ui.frame.scrollTop;
    if (y + ROW < 0 || y > height) return;
    const hit = matches(of);
    paint.globalAlpha = above ? 0.55 : query && !hit ? colors.dim : 1;
    paint.fillStyle = hit ? colors.hit : colorOf(of, colors);
    paint.fillRect(x, y, Math.max(w - 0.8, 0.4), ROW - 1);
    paint.globalAlpha = query && !hit && !above ? 0.6 : 1;
    if (w > 28) {
      paint.fillStyle = hit ? colors.hitText : colors.text;
      paint.fillText(fitted(of.label, w - 8), x + 4, y + ROW / 2);
    }
    paint.globalAlpha = 1;
    if (of === selected || of === hovered) {
      paint.strokeStyle = colors.focus;
      paint.lineWidth = of === selected ? 2 : 1;
      paint.strokeRect(x + 0.5, y + 0.5, Math.max(w - 1.5, 1), ROW - 2);
    }
    drawn.push({x, y, w, box: of});
  }

  /** @param {string} label @param {number} width */
  function fitted(label, width) {
    if (paint.measureText(label).width <= width) return label;
    let low = 0, high = label.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (paint.measureText(label.slice(0, middle) + '…').width <= width) low = middle; else high = middle - 1;
    }
    return low > 1 ? label.slice(0, low) + '…' : '';
  }

  /** @param {MouseEvent} event */
  function boxAt(event) {
    const area = ui.canvas.getBoundingClientRect();
    const x = event.clientX - area.left, y = event.clientY - area.top;
    for (const at of drawn) {
      if (x >= at.x && x < at.x + Math.max(at.w, 1) && y >= at.y && y < at.y + ROW) return at.box;
    }
    return null;
  }

  /** What a box stands for, in lines. @param {Box} of */
  function words(of) {
    const lines = [of.frame >= 0 ? nameOf(of.frame) : of.label];
    if (of.frame >= 0 && placeOf(of.frame)) lines.push((options.lines ? '' : 'e.g. ') + placeOf(of.frame));
    lines.push(options.diff
      ? `${count(of.n)} now, ${count(of.base)} ${data.flame.baseIsFirstLook ? 'in the first look' : 'in the base'}: ${signed(of.n - of.base)}`
      : `${several(of.n, 'goroutine')}, ${percent(of.n, root.n)} of all`);
    return lines;
  }

  /** @param {Box} to */
  function zoom(to) {
    zoomed = to;
    selected = to === root ? null : to;
    ui.reset.disabled = to === root;
    ui.crumbs.textContent = to === root ? '' : words(to).join(' · ');
    ui.frame.scrollTop = 0;
    draw();
    if (options.up) {
      ui.frame.scrollTop = ui.frame.scrollHeight;
    } else if (to.depth * ROW > ui.frame.clientHeight / 2) {
      ui.frame.scrollTop = (to.depth - 2) * ROW;
    }
    draw();
    announce(words(to).join(', '));
  }

  /** @param {Box|null} to */
  function select(to) {
    if (!to) return;
    selected = to;
    const y = (options.up ? depth - 1 - to.depth : to.depth) * ROW;
    if (y < ui.frame.scrollTop) ui.frame.scrollTop = y;
    if (y + ROW > ui.frame.scrollTop + ui.frame.clientHeight) ui.frame.scrollTop = y + ROW - ui.frame.clientHeight;
    ui.crumbs.textContent = words(to).join(' · ');
    draw();
    announce(words(to).join(', '));
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    const at = selected || zoomed;
    const beside = at.parent ? kids(at.parent) : [at];
    const step = {ArrowDown: options.up ? at.parent : kids(at)[0], ArrowUp: options.up ? kids(at)[0] : at.parent,
                  ArrowRight: beside[beside.indexOf(at) + 1], ArrowLeft: beside[beside.indexOf(at) - 1]}[event.key];
    if (step) select(step);
    else if (event.key === 'Enter') zoom(at);
    else if (event.key === 'Escape' && zoomed !== root) zoom(root);
    else if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function searched() {
    query = ui.search.value.trim().toLowerCase();
    let found = 0;
    /** @type {Box[]} */ const stack = query ? [root] : [];
    for (let at; (at = stack.pop());) {
      if (matches(at)) found += at.n;
      else stack.push(...at.children.values());
    }
    ui.found.textContent = query ? `in ${several(found, 'goroutine')}, ${percent(found, root.n)}` : '';
    draw();
  }

  /** @param {keyof typeof options} name @param {string} label @param {string} says */
  function option(name, label, says) {
    const input = h('input', {type: 'checkbox', 'data-option': name, change: (/** @type {any} */ event) => {
      options[name] = event.target.checked;
      if (name !== 'up') rebuild(); else zoom(zoomed);
    }});
    input.checked = options[name];
    return h('label', {class: 'option', title: says}, input, label);
  }

  function rebuild() {
    build();
    ui.legend.hidden = !options.diff;
    zoom(root);
    searched();
    fillList();
  }

  function fillList() {
    ui.list.replaceChildren(h('summary', null, 'The same as a list'), h('ul', null, listItem(root, true)));
  }

  /** @param {Box} of @param {boolean} [isOpen] */
  function listItem(of, isOpen) {
    const label = [h('span', {class: 'n'}, count(of.n)), options.diff ? h('span', {class: 'dim'}, ` (${signed(of.n - of.base)}) `) : ' ', of.label,
                   of.frame >= 0 ? h('span', {class: 'place'}, ' ' + placeOf(of.frame)) : ''];
    if (!of.children.size) return h('li', {class: 'leaf'}, label);
    const inner = h('ul', null);
    const fill = () => { if (!inner.childElementCount) inner.append(...kids(of).slice(0, 200).map((kid) => listItem(kid))); };
    const item = h('details', {toggle: fill, open: isOpen}, h('summary', null, label), inner);
    if (isOpen) fill();
    return h('li', null, item);
  }

  /** @param {HTMLElement} into */
  function render(into) {
    if (!data.flame.rows.length) {
      into.append(h('p', {class: 'nothing'}, 'No look at goroutines has stacks.'));
      return;
    }
    options.diff = Boolean(data.flame.base) && !data.flame.baseIsFirstLook;
    ui.search = h('input', {type: 'search', placeholder: 'Search functions   /', 'aria-label': 'Search the flame graph', spellcheck: 'false', input: searched});
    ui.found = h('span', {class: 'status', role: 'status'});
    ui.reset = h('button', {class: 'small', disabled: true, click: () => zoom(root)}, 'Reset zoom');
    ui.crumbs = h('p', {class: 'crumbs'});
    ui.canvas = h('canvas', {tabindex: 0, role: 'img', 'aria-label': 'Flame graph of all goroutines; the list below holds the same. Arrow keys walk, Enter zooms, Escape resets.',
                             keydown: keyed, mousemove: moved, mouseleave: left, click: (/** @type {MouseEvent} */ event) => { const at = boxAt(event); if (at) zoom(at); }});
    ui.spacer = h('div', {class: 'spacer'});
    ui.frame = h('div', {class: 'flame-frame', scroll: () => { tip.hide(); draw(); }}, ui.canvas, ui.spacer);
    ui.legend = h('p', {class: 'legend'}, h('span', {class: 'swatch up'}), 'more than before', h('span', {class: 'swatch down'}), 'fewer', h('span', {class: 'swatch same'}), 'as before');
    ui.list = h('details', {class: 'flame-list'});
    into.append(
      h('div', {class: 'controls'}, ui.search, ui.found, h('div', {class: 'options'},
        option('inverted', 'Leaf first', 'Begin with the innermost function instead of where the goroutine starts'),
        option('creators', 'Creators', 'Put the go statement before the goroutine\'s first function'),
        option('lines', 'Lines', 'Tell calls from different lines of a function apart'),
        option('runtime', 'Run time', 'Show functions of the run time'),
        option('up', 'Root below', 'Let the flames rise'),
        data.flame.base ? option('diff', 'Compare', (data.flame.baseIsFirstLook ? 'With the first look' : 'With the base') + '; red: more than before, blue: fewer') : ''), ui.reset),
      ui.legend, ui.frame, ui.crumbs, ui.list);
    if (data.omitted.stacks) into.append(h('p', {class: 'dim'}, `${several(data.omitted.stacks, 'rare stack')} would make this page too large and end where they leave others.`));
    rebuild();
    new ResizeObserver(() => draw()).observe(into);
    theme.listeners.push(draw);
  }

  /** @param {MouseEvent} event */
  function moved(event) {
    const at = boxAt(event);
    if (at !== hovered) {
      hovered = at;
      draw();
    }
    if (!at) return tip.hide();
    const [name, ...rest] = words(at);
    tip.show(event, h('b', null, name), ...rest.map((line) => h('div', null, line)));
  }

  function left() {
    hovered = null;
    tip.hide();
    draw();
  }

  /** Zooms to a group's stack: to where it parts from all others. @param {Group} group */
  function reveal(group) {
    if (!ui.canvas) return;
    options.inverted = false;
    ui.search.value = '';
    for (const input of document.querySelectorAll('[data-option="inverted"]')) /** @type {HTMLInputElement} */ (input).checked = false;
    rebuild();
    let at = root;
    if (options.creators && group.creator >= 0) at = at.children.get(keyOf(group.creator, true)) || at;
    for (const frame of pathOf(group.stack, group.creator)) at = at.children.get(keyOf(frame, false)) || at;
    const leaf = at;
    while (at.parent && at.parent !== root && at.parent.size === leaf.size) at = at.parent;
    zoom(at);
    select(leaf);
    ui.canvas.focus({preventScroll: true});
  }

  return {render, reveal, redraw: () => { if (ui.canvas) draw(); }, focusSearch: () => { if (ui.search) ui.search.focus(); }};
})();
