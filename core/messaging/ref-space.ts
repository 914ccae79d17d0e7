import { Ref } from './actor-ref.js';
import { ByAddress } from './by-address.js';
import type { Address } from './envelope.js';
import type { Identity, RefWorld } from './ref-world.js';

/** The refs of a thread: one object for an actor, as long as somebody holds it. */
export class RefSpace {
  readonly #refs = new ByAddress<WeakRef<Ref>>();
  readonly #gone = new FinalizationRegistry<Identity>((identity) => {
    if (this.#refs.get(identity)?.deref() === undefined) this.#refs.delete(identity);
  });

  constructor(readonly world: RefWorld) {}

  refTo(identity: Identity): Ref {
    const known = this.#refs.get(identity)?.deref();
    if (known !== undefined) return known;
    const ref = new Ref(this.world, identity);
    this.#refs.set(identity, new WeakRef(ref));
    this.#gone.register(ref, identity);
    return ref;
  }

  known(address: Address): Ref | undefined {
    return this.#refs.get(address)?.deref();
  }
}
