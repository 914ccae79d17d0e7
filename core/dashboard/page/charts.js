// Lines over time, drawn by uPlot on canvas.
import { count } from './format.js';
import { POINTS } from './store.js';
import uPlot from './uPlot.esm.js';

const X = Array.from({ length: POINTS }, (_, at) => at);
const probe = document.createElement('i');
probe.className = 'probe';

/** A colour of the style sheet, as it is in the present theme. */
function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

let colours = {};
window.theme.watch(() => {
  colours = {};
});
function cached(name) {
  colours[name] ??= colour(name);
  return colours[name];
}

const hidden = { show: false };
/** From 0 on: a line says how much, not only how it changed. */
const fromZero = (_plot, _min, max) => [0, Math.max(1, max ?? 1) * 1.15];

/** While little is known yet, that little is wide enough to be seen. */
const FEWEST = 24;

/** A line without axes. @param name `depth` or `rate`: which colour */
export function sparkline(target, width, height, name) {
  let from = 0;
  const options = {
    width,
    height,
    pxAlign: 0,
    padding: [1, 0, 1, 0],
    cursor: hidden,
    legend: hidden,
    scales: { x: { time: false, range: () => [from, POINTS - 1] }, y: { range: fromZero } },
    axes: [hidden, hidden],
    series: [
      {},
      {
        stroke: () => cached(`--${name}`),
        fill: () => cached(`--${name}-soft`),
        width: 1.25,
        points: hidden,
      },
    ],
  };
  const plot = new uPlot(options, [X, new Array(POINTS).fill(null)], target);
  return {
    set: (points) => {
      const first = points.findIndex((value) => value !== null);
      from = Math.min(first < 0 ? POINTS : first, POINTS - FEWEST);
      plot.setData([X, points]);
    },
    resize: (to) => plot.setSize({ width: to, height }),
    destroy: () => plot.destroy(),
  };
}

/** With axes, and the values under the pointer. */
export function chart(target, width, height, name, label) {
  const axis = {
    stroke: () => cached('--soft'),
    font: '11px system-ui',
    grid: { stroke: () => cached('--line'), width: 1 },
    ticks: hidden,
    gap: 4,
  };
  const options = {
    width,
    height,
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: fromZero } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 90,
        values: (_plot, at) => at.map((time) => new Date(time * 1000).toLocaleTimeString('en-GB')),
      },
      {
        ...axis,
        size: 52,
        values: (_plot, at) => at.map((value) => (Number.isInteger(value) ? count(value) : '')),
      },
    ],
    series: [
      {
        label: 'at',
        value: (_plot, time) => (time == null ? '–' : new Date(time * 1000).toLocaleTimeString('en-GB')),
      },
      {
        label,
        stroke: () => cached(`--${name}`),
        fill: () => cached(`--${name}-soft`),
        width: 1.5,
        points: hidden,
        value: (_plot, value) => (value == null ? '–' : count(value)),
      },
    ],
  };
  const plot = new uPlot(options, [[], []], target);
  return {
    set: (times, points) => {
      const from = times.findIndex((time) => time !== null);
      plot.setData([times.slice(from), points.slice(from)]);
    },
    resize: (to) => plot.setSize({ width: to, height }),
    destroy: () => plot.destroy(),
  };
}
