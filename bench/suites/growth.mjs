/** What grows with the number of actors, threads, senders, waiting messages and workers; and what must not. */
const TENS = [10, 100, 1000, 10_000, 100_000, 1_000_000];
const THREADS = [2, 10, 50, 200];
const DEPTHS = [100, 1000, 10_000, 100_000, 1_000_000];
const POOLS = [1, 2, 4, 8];
/** A million actors take a minute to be made, met and asked for their sums; on a busy machine several. */
const TIMEOUT_MS = 900_000;
const SENDERS = [1, 2, 4, 8];
const SPAWNS = [10_000, 100_000, 1_000_000];

const curve = (name, title, unit, arms, claims = []) => ({
  name: `growth-${name}`,
  title,
  unit,
  less: unit.includes('less'),
  chart: 'lines',
  arms: arms.map(([arm, file, ...args]) => ({
    name: arm,
    own: true,
    file: `growth-${file}.mjs`,
    args: args.flat(),
    timeoutMs: TIMEOUT_MS,
  })),
  claims,
});

/** A column beside another one of the same row, where the figure must not get worse by more than a fifth. */
const steady = (what, of, at, toAt) => ({ what, of, at, to: of, toAt, target: 0.8 });

export const suite = {
  tables: [
    curve(
      'tell',
      'tell, one actor to many in turn',
      'messages a second',
      [
        ['shared', 'actors', 'tell', 'shared', 200_000, TENS],
        ['thread', 'actors', 'tell', 'thread', 200_000, THREADS],
      ],
      [
        steady('100,000 shared, to 100', 'shared', 100_000, 100),
        steady('1,000,000 shared, to 100', 'shared', 1_000_000, 100),
      ],
    ),
    curve(
      'ask',
      'ask, one actor of many in turn, one after the other',
      'µs, less is better',
      [
        ['shared', 'actors', 'ask', 'shared', 10_000, TENS],
        ['thread', 'actors', 'ask', 'thread', 10_000, THREADS],
      ],
      [
        steady('100,000 shared, to 100', 'shared', 100_000, 100),
        steady('1,000,000 shared, to 100', 'shared', 1_000_000, 100),
      ],
    ),
    curve(
      'depth',
      'A message, with so many others in the mailbox',
      'µs, less is better',
      [['thread', 'depth', DEPTHS]],
      [steady('a million, to a thousand', 'thread', 1_000_000, 1000)],
    ),
    {
      name: 'growth-senders',
      title: 'tell, so many senders to one receiver',
      unit: 'messages a second, all senders together',
      arms: SENDERS.map((senders) => ({
        name: senders === 1 ? '1 sender' : `${senders} senders`,
        own: true,
        file: 'tell-troupe.mjs',
        args: [500_000, senders],
      })),
      claims: [{ what: '8, to 1', of: '8 senders', to: '1 sender', target: 0.8 }],
    },
    curve(
      'senders-ask',
      'ask of an actor that so many others tell all the while, with room for 1,000 messages',
      'µs, less is better',
      [['thread', 'senders', 1000, SENDERS]],
    ),
    curve('pool', 'Tasks of 20 µs that a pool of so many threads gets done', 'tasks a second', [
      ['thread', 'pool', 200, 50_000, POOLS],
    ]),
    curve(
      'pool-ask',
      'A task of 20 µs, one after the other, by a pool of so many threads',
      'µs, less is better',
      [['thread', 'pool', 1, 5000, POOLS]],
    ),
    curve(
      'memory',
      'Resident memory after so many spawns and stops',
      'MB, less is better',
      [['shared', 'spawns', SPAWNS]],
      [steady('1,000,000, to 100,000', 'shared', 1_000_000, 100_000)],
    ),
  ],
};
