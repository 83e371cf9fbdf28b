// Small charts in SVG: lines over looks, bars of ages. Colours come from the style sheet, so that
// they follow the theme and the printer.

/** A line without axes, beside a number. @param {number[]} values @param {string} [tone] */
function sparkline(values, tone) {
  const width = 64, height = 18, top = Math.max(...values, 1);
  const x = (/** @type {number} */ i) => 1 + i * (width - 2) / Math.max(values.length - 1, 1);
  const y = (/** @type {number} */ v) => height - 2 - v * (height - 4) / top;
  return svg('svg', {class: 'spark ' + (tone || ''), width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'},
             svg('polyline', {points: values.map((v, i) => x(i).toFixed(1) + ',' + y(v).toFixed(1)).join(' ')}),
             svg('circle', {cx: x(values.length - 1), cy: y(values[values.length - 1]), r: 2}));
}

/** Steps of an axis from 0 that are easy to read, at most `most`. @param {number} top @param {number} most */
function ticks(top, most) {
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) || power;
  const out = [];
  for (let v = 0; v <= top + step * 1e-9; v += step) out.push(v);
  return out;
}

/**
 * A line chart from zero. `times` are ms or numbers of looks; `breaks` are where another process
 * begins. Where time goes back, another line begins.
 * @param {{times: number[], timed: boolean, values: number[], label: string, width?: number,
 *          height?: number, tone?: string, breaks?: number[]}} of
 */
function lineChart(of) {
  const width = of.width || 560, height = of.height || 180;
  const left = 48, right = 10, top = 10, bottom = 22;
  const first = of.times.reduce((a, b) => Math.min(a, b)), last = of.times.reduce((a, b) => Math.max(a, b));
  const most = Math.max(...of.values, 1) * 1.05;
  const x = (/** @type {number} */ t) => left + (last > first ? (t - first) / (last - first) : 0.5) * (width - left - right);
  const y = (/** @type {number} */ v) => height - bottom - v / most * (height - top - bottom);
  const chart = svg('svg', {class: 'chart ' + (of.tone || ''), width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': of.label});
  for (const v of ticks(most, Math.max(2, Math.floor(height / 45)))) {
    chart.append(svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(v), y2: y(v)}),
                 svg('text', {class: 'axis', x: left - 6, y: y(v) + 3.5, 'text-anchor': 'end'}, short(v)));
  }
  const ends = of.timed ? [last - first >= 1 ? '0' : '', last - first >= 1 ? '+' + spanText(last - first) : ''] : ['look 1', 'look ' + of.times.length];
  chart.append(svg('text', {class: 'axis', x: left, y: height - 6}, ends[0]),
               svg('text', {class: 'axis', x: width - right, y: height - 6, 'text-anchor': 'end'}, ends[1]));
  for (const i of of.breaks || []) {
    chart.append(svg('line', {class: 'break', x1: x(of.times[i]), x2: x(of.times[i]), y1: top, y2: height - bottom},
                     svg('title', null, 'another process from here on')));
  }
  /** @type {string[]} */ let points = [];
  of.values.forEach((v, i) => {
    points.push(x(of.times[i]).toFixed(1) + ',' + y(v).toFixed(1));
    if (i + 1 < of.times.length && of.times[i + 1] >= of.times[i]) return;
    chart.append(svg('polyline', {class: 'line', points: points.join(' ')}));
    points = [];
  });
  if (of.values.length <= 60) {
    of.values.forEach((v, i) => {
      const when = of.timed ? timeText(of.times[i]) : 'look ' + (of.times[i] + 1);
      chart.append(svg('circle', {class: 'dot', cx: x(of.times[i]), cy: y(v), r: 2.6}, svg('title', null, amount(v) + ', ' + when)));
    });
  }
  return chart;
}

/** @param {number} value */
function short(value) {
  if (value >= 1e9) return amount(value / 1e9) + 'G';
  if (value >= 1e6) return amount(value / 1e6) + 'M';
  if (value >= 1e4) return amount(value / 1e3) + 'k';
  return amount(value);
}

/** Where in the looks another process begins. */
function processBreaks() {
  const out = [];
  for (let i = 1; i < data.looks.length; i++) {
    if ((data.looks[i].process || 0) !== (data.looks[i - 1].process || 0)) out.push(i);
  }
  return out;
}

/**
 * Ages as bars, one stack of parts for each bucket.
 * @param {{name: string, tone: string, ages: Ages}[]} parts @param {string} label
 */
function ageBars(parts, label) {
  const buckets = [...AGES, 'not known'];
  const values = buckets.map((_, i) => parts.map((part) => (i < AGES.length ? part.ages.n[i] : part.ages.unknown || 0)));
  const sums = values.map((row) => row.reduce((a, b) => a + b, 0));
  const top = Math.max(...sums, 1);
  return h('div', {class: 'age-bars', role: 'img', 'aria-label': label + ': ' + buckets.map((b, i) => b + ' ' + count(sums[i])).join(', ')},
           buckets.map((bucket, i) => h('div', {class: 'age-bar'},
             h('span', {class: 'name'}, bucket),
             h('span', {class: 'bar'}, svg('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none'},
               values[i].map((v, k) => svg('rect', {
                 class: parts[k].tone, y: 0, height: 10,
                 x: 100 * values[i].slice(0, k).reduce((a, b) => a + b, 0) / top, width: 100 * v / top,
               }, svg('title', null, parts[k].name + ': ' + count(v)))))),
             h('span', {class: 'value'}, sums[i] ? count(sums[i]) : ''))));
}
