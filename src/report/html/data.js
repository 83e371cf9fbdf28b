'use strict';
// What the page is about: the data that unpark wrote into it, and how to read it. Names in it are
// those that diagnosis_html_data.cc writes; texts, frames and stacks are numbers into its tables.

/**
 * @typedef {{tested?: boolean, perHour?: number, perLook?: number, p?: number,
 *            significant?: boolean, total?: number}} Growth
 * @typedef {{n: number[], unknown?: number, atLeast?: number, oldest?: number, median?: number}} Ages
 * @typedef {{stack: number, at: number, creator: number, stacks?: number, creators?: number,
 *            does: number, reason: number, n: number, origin?: number, originObjects?: number,
 *            leaked?: number, locked?: number, looks: number[],
 *            life?: number[], growth: Growth, ages: Ages, base?: number, stackBytes?: number,
 *            heapBytes?: number, heapObjects?: number, contentionNs?: number,
 *            contentions?: number, states: number[], labels: number[], ids: (number|string)[],
 *            terms: number[], object?: number, objects?: number, mechanism: number,
 *            strength: number, undecided?: boolean, benign?: number, missing?: number, site?: number,
 *            fingerprint?: number}} Group
 * @typedef {{from: number, fromId?: number, role: string, to?: number, toId?: number,
 *            object?: number, known: string, n?: number}} Edge
 * @typedef {{kind: string, main?: boolean, goroutine?: number, object?: number, stack: number}} Access
 * @typedef {{n: number, fingerprint?: number, note?: number, accesses: Access[],
 *            creations: {goroutine: number, running: boolean, stack: number}[]}} Race
 * @typedef {{snapshot: number, ms?: number, n: number, process?: number, cut?: boolean}} Look
 * @typedef {{verdict: string, why: number, restarts: number, redacted: boolean, nextSteps: number[],
 *            inputs: {name: number, what: number, bytes: number, error?: number, notes: number[]}[],
 *            snapshots: {kind: number, input: number, ms?: number, goroutines?: number,
 *                        claimed?: number, samples?: number, races?: number, cut?: boolean,
 *                        go?: number, binary?: number, build?: number, message?: number}[],
 *            looks: Look[], lookCount: number, groups: Group[],
 *            mechanisms: {name: string, rule: string, what: string, advice: string}[],
 *            edges: Edge[], cycles: number[][], races: Race[],
 *            series: {name: number, growth: Growth, points: number[]}[],
 *            flame: {base?: boolean, baseIsFirstLook: boolean, rows: number[]},
 *            omitted: Object<string, number>, strings: string[], frames: number[],
 *            nodes: number[]}} PageData
 */

/** @type {PageData} */
const data = JSON.parse(/** @type {HTMLElement} */ (document.getElementById('data')).textContent || '');

/** Flags of frames. */
const INLINED = 1, FOREIGN = 2, ELISION = 4;

/** Strengths as unpark ranks them; the words are those of its other reports. */
const STRENGTHS = [
  {name: 'proven', tone: 'bad', says: 'the run time, or memory, says that nothing can wake them'},
  {name: 'always blocked', tone: 'bad', says: 'a nil channel or an empty select: nothing can wake them'},
  {name: 'deadlock', tone: 'bad', says: 'they wait for each other'},
  {name: 'growing', tone: 'warn', says: 'more at every look, and none of them ends'},
  {name: 'surviving', tone: 'warn', says: 'more than before, and the old ones are all still there'},
  {name: 'outlived', tone: 'warn', says: 'goleak found them after their test had ended'},
  {name: 'hung', tone: 'bad', says: 'of a test that was not over when its time was'},
  {name: 'old and many', tone: 'hint', says: 'many, at one place, waiting for long; more looks would tell'},
  {name: 'noticed', tone: 'calm', says: 'worth a look; no suspicion'},
  {name: 'expected', tone: 'calm', says: 'known to be harmless at this size'},
];
const LAST_SUSPECT = 7;

const AGES = ['< 1 min', '1–10 min', '10–60 min', '1–6 h', '6–24 h', '> 24 h'];

/** @param {number|undefined} index */
const text = (index) => (index === undefined || index < 0 ? '' : data.strings[index]);

/** @param {number} index */
function frameOf(index) {
  const at = index * 4;
  return {
    name: text(data.frames[at]),
    file: text(data.frames[at + 1]),
    line: data.frames[at + 2],
    flags: data.frames[at + 3],
  };
}

/** The frames of a stack, the leaf first. @param {number} node */
function stackOf(node) {
  const frames = [];
  for (let back = 1; back && node >= 0; node -= back) {
    frames.push(data.nodes[node * 2 + 1]);
    back = data.nodes[node * 2];  // how far back its parent stands
  }
  return frames;
}

/**
 * A function's name in two parts: where its package lies, and the rest, which is what one reads.
 * @param {string} name
 */
function splitName(name) {
  const types = name.indexOf('[');  // a type argument may hold slashes of its own
  const slash = name.lastIndexOf('/', types < 0 ? name.length : types);
  return {path: name.slice(0, slash + 1), name: name.slice(slash + 1)};
}

/** The last two elements of a path. @param {string} file */
function shortFile(file) {
  const parts = file.split('/');
  return parts.length <= 2 ? file : parts.slice(-2).join('/');
}

/** @param {number} frame */
function placeOf(frame) {
  const {file, line} = frameOf(frame);
  return file ? shortFile(file) + (line ? ':' + line : '') : '';
}

/** @param {string} name */
const isRuntime = (name) => /^(runtime|internal\/runtime\/[^.]*)\./.test(name);

/**
 * Of the standard library: no dot in the first element of its path. A module without one looks the
 * same; the page uses this for emphasis only.
 * @param {string} name
 */
function isStandard(name) {
  if (name.startsWith('main.')) return false;
  const slash = name.indexOf('/');
  if (slash < 0) return /^[a-z0-9]+\./.test(name) && STANDARD.has(name.slice(0, name.indexOf('.')));
  return STANDARD.has(name.slice(0, slash));
}
const STANDARD = new Set(
    ('archive bufio bytes cmp compress container context crypto database debug embed encoding ' +
     'errors expvar flag fmt go hash html image index internal io iter log maps math mime net os ' +
     'path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing ' +
     'text time unicode unique unsafe vendor weak').split(' '));

/** The frame of a group to show: the user's own code that waits. @param {Group} group */
function blockingFrame(group) {
  const frames = stackOf(group.stack);
  return frames.length ? frames[Math.min(group.at, frames.length - 1)] : -1;
}

/** The first frame of a stack that is not the run time's. @param {number} node */
function ownFrame(node) {
  const frames = stackOf(node);
  return Math.max(0, frames.findIndex((frame) => !isRuntime(frameOf(frame).name)));
}

/** @param {number} frame */
const nameOf = (frame) => (frame < 0 ? '' : frameOf(frame).name);

/** @param {Group} group */
const mechanismOf = (group) => data.mechanisms[group.mechanism];

/** What a group does, as a sentence without its subject. @param {Group} group */
function doing(group) {
  const reason = text(group.reason);
  return text(group.does) + (group.mechanism === 0 && reason ? ': ' + reason : '');
}

/** @param {Group} group */
const isSuspect = (group) => group.strength <= LAST_SUSPECT;

/** The looks' times, in ms; their numbers where a look has no time. */
const lookTimes = (() => {
  const known = data.looks.every((look) => look.ms !== undefined);
  return {known, at: data.looks.map((look, i) => (known ? /** @type {number} */ (look.ms) : i))};
})();

/** How fast a thing grows, in words; empty where that was not, or could not be, judged. @param {Growth} growth @param {boolean} [brief] */
function rateOf(growth, brief) {
  if (!growth.tested) return '';
  const spread = lookTimes.at.length > 1 ? lookTimes.at[lookTimes.at.length - 1] - lookTimes.at[0] : Infinity;
  const perLook = growth.perLook || 0;
  // Of looks at almost the same moment a rate says nothing.
  const perHour = lookTimes.known && spread < 1000 ? 0 : growth.perHour || 0;
  if (perHour) return signed(Number(perHour.toPrecision(3)), brief) + '/h';
  return perLook ? signed(perLook, brief) + '/look' : '±0';
}
