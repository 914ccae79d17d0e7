/** The other half of arms/stream-peers.mjs: gives n small objects, as the peer named in the environment wants it. */
import { parentPort } from 'node:worker_threads';

const AT_A_TIME = 100;
const BURST = 256;
const item = () => ({ type: 'inc', n: 1 });

/** As sockets and the like push: some hundreds in a row, then whatever else the thread has to do. */
export function pushInBursts(observer, n) {
  for (let i = 0; i < Math.min(n, BURST); i++) observer.next(item());
  if (n <= BURST) observer.complete();
  else setImmediate(pushInBursts, observer, n - BURST);
}

const SERVE = {
  async comlink() {
    const { expose } = await import('comlink');
    const { default: adapter } = await import('comlink/dist/esm/node-adapter.mjs');
    /** Each call is answered: so many are under way, which holds the giver back as well. */
    const give = async (n, callback) => {
      let left = n;
      const lane = async () => {
        while (left-- > 0) await callback(item());
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    };
    expose({ give }, adapter(parentPort));
  },
  async threads() {
    const { expose } = await import('threads/worker');
    const { Observable } = await import('threads/observable');
    expose({ give: (n) => new Observable((observer) => pushInBursts(observer, n)) });
  },
};

await SERVE[process.env.BENCH_PEER]?.();
