/** The rows of a trace: one a thread, and further ones where the slices of a thread would overlap. */

/** An event as Chrome's trace format has it; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'M' | 'X' | 'i' | 's' | 'f';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly bp?: 'e';
  readonly s?: 't';
  readonly cname?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Times have been rounded on their way: what overlaps by less than this, in µs, stands side by side. */
export const ROUNDING = 0.5;

interface Lane {
  readonly tid: number;
  /** Where its last slice ends. */
  end: number;
}

export class TraceLanes {
  readonly #rows = new Map<string, Lane[]>();
  readonly #actors = new Map<number, string>();
  #last = 0;

  constructor(
    readonly emit: (event: TraceEvent) => void,
    readonly mainThread: number,
  ) {}

  /** The lane of a row by that name that has nothing at that time. Slices come in the order of their ends. */
  free(row: string, start: number): Lane {
    let lanes = this.#rows.get(row);
    if (lanes === undefined) {
      lanes = [];
      this.#rows.set(row, lanes);
    }
    let lane = lanes.find(({ end }) => end <= start + ROUNDING);
    if (lane === undefined) {
      lane = { tid: ++this.#last, end: 0 };
      lanes.push(lane);
      this.#name(lane, lanes.length === 1 ? row : `${row} (${lanes.length})`);
    }
    return lane;
  }

  /** Of a thread that handles an actor's messages. One that has an actor to itself is called by its name as well. */
  ofThread(thread: number, actor: string, start: number): Lane {
    const row = this.rowOf(thread);
    const before = this.#actors.get(thread);
    const lane = this.free(row, start);
    if (before === actor || thread === this.mainThread) return lane;
    this.#actors.set(thread, before === undefined ? actor : '');
    if (before === '') return lane;
    const name = before === undefined ? `${row}: ${actor}` : row;
    this.#name((this.#rows.get(row) as Lane[])[0], name);
    return lane;
  }

  rowOf(thread: number): string {
    return thread === this.mainThread ? 'main thread' : `thread ${thread}`;
  }

  #name({ tid }: Lane, name: string): void {
    const { pid } = process;
    this.emit({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
    this.emit({ ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } });
  }
}
