import { Ref } from './actor-ref.js';
import { type Address, addressKey } from './envelope.js';
import type { Identity, RefWorld } from './ref-world.js';

/** The refs of a thread: one object for an actor, as long as somebody holds it. */
export class RefSpace {
  readonly #refs = new Map<number, WeakRef<Ref>>();
  readonly #gone = new FinalizationRegistry<number>((key) => {
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  constructor(readonly world: RefWorld) {}

  refTo(identity: Identity): Ref {
    const key = addressKey(identity.box, identity.generation);
    const known = this.#refs.get(key)?.deref();
    if (known !== undefined) return known;
    const ref = new Ref(this.world, identity);
    this.#refs.set(key, new WeakRef(ref));
    this.#gone.register(ref, key);
    return ref;
  }

  known(address: Address): Ref | undefined {
    return this.#refs.get(addressKey(address.box, address.generation))?.deref();
  }
}
