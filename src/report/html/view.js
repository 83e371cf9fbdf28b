// Elements, numbers as words, the theme: what all views of the page use.

/**
 * An element. Attributes that are functions are listeners; null and false leave an attribute out.
 * @param {string} tag @param {Object<string, any>|null} attributes @param {...any} children
 */
function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** The same for SVG. @param {string} tag @param {Object<string, any>|null} attributes @param {...any} children */
function svg(tag, attributes, ...children) {
  return build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** @param {any} element @param {Object<string, any>|null} attributes @param {any[]} children */
function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false && child !== '') element.append(child);
  }
  return element;
}

const plain = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});

/** @param {number} value */
const count = (value) => plain.format(value);

/** At most three digits that matter, or a whole number. @param {number} value */
function amount(value) {
  if (value === null || !Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return plain.format(value);
  return String(Number(value.toPrecision(size < 0.001 ? 1 : 3)));
}

/** @param {number} value @param {boolean} [brief] */
const signed = (value, brief) => (value > 0 ? '+' : value < 0 ? '−' : '±') + (brief ? short : amount)(Math.abs(value));

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  if (!whole) return '0 %';
  const share = 100 * part / whole;
  return (share > 0 && share < 1 ? '< 1' : share > 99 && share < 100 ? '> 99' : Math.round(share)) + ' %';
}

/** @param {number} n @param {string} one */
const several = (n, one) => count(n) + ' ' + one + (n === 1 ? '' : 's');

/** As a sentence begins. @param {string} words */
const capital = (words) => words.slice(0, 1).toUpperCase() + words.slice(1);

/** @param {number} minutes @param {boolean} [brief] */
function minutesText(minutes, brief) {
  if (minutes < 1) return '< 1 min';
  if (minutes < 60) return minutes + ' min';
  if (minutes < 48 * 60) return Math.floor(minutes / 60) + ' h' + (!brief && minutes % 60 && minutes < 600 ? ' ' + minutes % 60 + ' min' : '');
  return Math.floor(minutes / 1440) + ' days';
}

/** @param {number} ms */
function spanText(ms) {
  if (ms < 1000) return amount(ms) + ' ms';
  if (ms < 60000) return amount(Math.round(ms / 100) / 10) + ' s';
  return minutesText(Math.round(ms / 60000));
}

/** @param {number} bytes */
function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (Math.abs(bytes) >= 1024 && unit < units.length - 1) bytes /= 1024, unit++;
  return amount(unit && Math.abs(bytes) < 100 ? Math.round(bytes * 10) / 10 : Math.round(bytes)) + ' ' + units[unit];
}

/** In UTC, so that all who look at the page read the same. @param {number} ms */
function timeText(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
}

/** A function's name, its package's path set back. @param {string} name @param {string} [className] @param {boolean} [brief] */
function nameView(name, className, brief) {
  const parts = splitName(name);
  return h('span', {class: 'fn ' + (className || ''), title: name},
           parts.path && !brief ? h('span', {class: 'dim'}, parts.path) : '', parts.name || '(no name)');
}

/** @param {number} strength */
function badge(strength) {
  const {name, tone, says} = STRENGTHS[strength];
  return h('span', {class: 'badge ' + tone, title: says}, name);
}

/**
 * A stack, the leaf first. Run-time and library frames are set back; `mark` is the place to show.
 * @param {number} node @param {number} [mark]
 */
function stackView(node, mark) {
  const frames = stackOf(node);
  if (!frames.length) return h('p', {class: 'dim'}, 'no stack is known');
  return h('ol', {class: 'stack'}, frames.map((index, i) => {
    const frame = frameOf(index);
    if (frame.flags & ELISION) {
      return h('li', {class: 'elided'}, frame.line ? several(frame.line, 'frame') + ' left out' : 'frames left out');
    }
    const back = i !== mark && (isRuntime(frame.name) || isStandard(frame.name) || (frame.flags & FOREIGN) !== 0);
    return h('li', {class: (i === mark ? 'here' : back ? 'back' : '')}, nameView(frame.name),
             h('span', {class: 'place', title: frame.file + (frame.line ? ':' + frame.line : '')}, placeOf(index)),
             frame.flags & INLINED ? h('span', {class: 'tag'}, 'inlined') : '');
  }));
}

/** Text to the clipboard; says so on the button. @param {HTMLElement} button @param {string} words */
async function copyText(button, words) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const area = /** @type {HTMLTextAreaElement} */ (h('textarea', {class: 'offscreen'}));
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = before; }, 1500);
}

/** What happens, for those who do not see it. @param {string} words */
function announce(words) {
  const live = document.getElementById('live');
  if (live) live.textContent = words;
}

/** The theme: as the system has it, or as chosen; the choice stays where the browser lets it. */
const theme = {
  /** @type {(() => void)[]} */
  listeners: [],
  printing: false,
  current() { return document.documentElement.dataset.theme || 'auto'; },
  isDark() {
    if (theme.printing) return false;
    const chosen = theme.current();
    return chosen === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  },
  /** @param {string} name */
  set(name) {
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    try {
      localStorage.setItem('unpark-theme', name);
    } catch { /* files may have no storage */ }
    theme.changed();
  },
  toggle() {
    const wanted = theme.isDark() ? 'light' : 'dark';
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    theme.set(wanted === system ? 'auto' : wanted);
  },
  changed() { for (const listener of theme.listeners) listener(); },
  start() {
    let saved = null;
    try {
      saved = localStorage.getItem('unpark-theme');
    } catch { /* as above */ }
    if (saved === 'light' || saved === 'dark') document.documentElement.dataset.theme = saved;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', theme.changed);
  },
};

/** The box that follows the pointer. */
const tip = {
  /** @type {HTMLElement|null} */
  box: null,
  /** @param {{clientX: number, clientY: number}} at @param {...any} content */
  show(at, ...content) {
    if (!tip.box) {
      tip.box = /** @type {HTMLElement} */ (h('div', {id: 'tip', 'aria-hidden': 'true'}));
      document.body.append(tip.box);
    }
    tip.box.replaceChildren(...content);
    tip.box.hidden = false;
    const {offsetWidth: width, offsetHeight: height} = tip.box;
    const x = at.clientX + 14 + width > innerWidth ? Math.max(4, at.clientX - width - 10) : at.clientX + 14;
    const y = at.clientY + 18 + height > innerHeight ? Math.max(4, at.clientY - height - 10) : at.clientY + 18;
    tip.box.style.left = x + 'px';
    tip.box.style.top = y + 'px';
  },
  hide() { if (tip.box) tip.box.hidden = true; },
};
