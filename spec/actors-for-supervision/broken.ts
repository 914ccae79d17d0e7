/** Actors that do not come up, each in its own way. All take props of any size, which must not stay behind. */
import { Actor } from '../../core/index.js';

export interface Ballast {
  readonly ballast?: string;
}

export type Broken = Actor<Ballast>;

export class ThrowsInConstructor extends Actor<Ballast> {
  static module = import.meta.url;
  constructor() {
    super();
    throw new RangeError('no constructor today');
  }
}

export class ThrowsInField extends Actor<Ballast> {
  static module = import.meta.url;
  readonly value = ThrowsInField.compute();
  private static compute(): number {
    throw new RangeError('no field today');
  }
}

export class RejectsInStart extends Actor<Ballast> {
  static module = import.meta.url;
  override async onStart() {
    await null;
    throw new RangeError('no start today');
  }
}

/** Has a child by the time it fails. */
export class FailsAsParent extends Actor<Ballast> {
  static module = import.meta.url;
  override async onStart() {
    await this.context.spawn(Healthy, { name: 'child', placement: 'shared' });
    throw new RangeError('no family today');
  }
}

export class Healthy extends Actor<Ballast> {
  static module = import.meta.url;
  hello() {
    return 'hello';
  }
}

export class ExitsInStart extends Actor<Ballast> {
  static module = import.meta.url;
  override onStart() {
    process.exit(4);
  }
}

export class LoopsInConstructor extends Actor<Ballast> {
  static module = import.meta.url;
  constructor() {
    super();
    for (;;);
  }
}

export class NeverUp extends Actor<Ballast> {
  static module = import.meta.url;
  override onStart() {
    return new Promise<void>(() => undefined);
  }
}

export class ModuleMissing extends Actor<Ballast> {
  static module = new URL('./is-not-there.js', import.meta.url).href;
}

export class ModuleThrows extends Actor<Ballast> {
  static module = `data:text/javascript,${encodeURIComponent("throw new RangeError('no module today')")}`;
}

export class ModuleUnreadable extends Actor<Ballast> {
  static module = `data:text/javascript,${encodeURIComponent('class {')}`;
}

export class ModuleNeverLoads extends Actor<Ballast> {
  static module = `data:text/javascript,${encodeURIComponent('await new Promise(() => undefined)')}`;
}

export class NotInItsModule extends Actor<Ballast> {
  static module = new URL('./ledger.js', import.meta.url).href;
}

export const BROKEN = {
  ThrowsInConstructor,
  ThrowsInField,
  RejectsInStart,
  FailsAsParent,
  ExitsInStart,
  LoopsInConstructor,
  NeverUp,
  ModuleMissing,
  ModuleThrows,
  ModuleUnreadable,
  ModuleNeverLoads,
  NotInItsModule,
};

/** Its thread ends while it asks for a child: the props are encoded, and the request is not made yet. */
export class DiesAsking extends Actor {
  static module = import.meta.url;
  async spawnAndDie(ballast: string) {
    let looks = 0;
    const supervision = {
      get restart(): 'temporary' {
        // The first look checks it, the second copies it.
        if (++looks > 1) process.exit(3);
        return 'temporary';
      },
    };
    await this.context.spawn(Healthy, { supervision, props: { ballast } });
  }
}
