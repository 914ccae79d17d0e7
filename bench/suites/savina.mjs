/**
 * The programs of bench/savina, in shared placement and, where there are few enough actors, each on its own thread;
 * beside their twins in Erlang. All with the sizes of the paper, or near them.
 */
const SIZES = {
  'ping-pong': { trips: 40_000 },
  count: { messages: 1_000_000 },
  'thread-ring': { actors: 100, hops: 100_000 },
  'fork-join-throughput': { actors: 60, messages: 10_000 },
  'fork-join-create': { actors: 40_000 },
  big: { actors: 120, pings: 20_000 },
  'bounded-buffer': { producers: 40, consumers: 40, slots: 50, items: 1000 },
  'n-queens': { n: 12, workers: 20 },
  fibonacci: { n: 25 },
  trapezoid: { pieces: 10_000_000, workers: 100 },
};
const ON_THREADS = ['ping-pong', 'count', 'n-queens'];
/** Whose actors live near each other, on one shared thread, unless they are told not to. */
const NEAR = ['ping-pong', 'thread-ring'];
const IN_ERLANG = ['ping-pong', 'count', 'thread-ring', 'fork-join-throughput', 'fork-join-create', 'big'];

const ours = (program, placement, apart = false) => ({
  name: `${program}, ${placement}${apart ? ', apart' : ''}`,
  own: true,
  file: `../savina/${program}.mjs`,
  args: [
    '--placement',
    placement,
    ...(apart ? ['--apart'] : []),
    ...Object.entries(SIZES[program]).flatMap(([size, value]) => [`--${size}`, value]),
  ],
});

const twin = (program) => ({
  name: `${program}, Erlang`,
  file: '../savina/twins.erl',
  args: [program, ...Object.values(SIZES[program])],
  program: 'erl',
});

const programs = Object.keys(SIZES);

export const suite = {
  title: 'Savina, in shared placement, beside Erlang',
  unit: 'ms, less is better',
  less: true,
  chart: 'ratios',
  arms: programs.flatMap((program) => [
    ours(program, 'shared'),
    ...(NEAR.includes(program) ? [ours(program, 'shared', true)] : []),
    ...(ON_THREADS.includes(program) ? [ours(program, 'thread')] : []),
    ...(IN_ERLANG.includes(program) ? [twin(program)] : []),
  ]),
  claims: IN_ERLANG.map((program) => ({
    what: program,
    of: `${program}, shared`,
    to: `${program}, Erlang`,
    target: 1,
  })),
};
