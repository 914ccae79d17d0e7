import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import {
  ActorClassNotFoundError,
  ActorConstructedDirectlyError,
  ActorModuleMissingError,
} from '../../core/errors.js';
import type { ActorContext } from '../../core/messaging/context-types.js';
import { Actor, constructActor } from '../../core/runtime/actor.js';
import { actor, findActorClass, moduleOf } from '../../core/runtime/actor-module.js';

const here = import.meta.url;
let modules = 0;
/** A module of its own for each case, since decorated classes stay known. */
const someModule = (): string => `file:///somewhere/${modules++}.js`;

const construction = {
  props: { start: 3 },
  self: {},
  context: {} as ActorContext,
  inject: (token: unknown) => token,
};

describe('an actor class', () => {
  class Counter extends Actor<{ start: number }> {
    total = this.props.start;
  }

  it('is built by its system alone, with props from field initialisers on', () => {
    const counter = constructActor(Counter, construction, () => new Counter());
    expect(counter.total).to.equal(3);
  });

  it('refuses new, and names the ways that work', () => {
    expect(() => new Counter()).to.throw(
      ActorConstructedDirectlyError,
      /spawn\(Counter\).*construct\(Counter\)/,
    );
  });

  it('does not let another actor be built on the way', () => {
    class Outer extends Actor {
      inner = new Counter();
    }
    expect(() => constructActor(Outer, construction, () => new Outer())).to.throw(
      ActorConstructedDirectlyError,
      /Counter/,
    );
  });

  it('does not let a second of its own be built on the way', () => {
    class Twin extends Actor {
      other: Twin = new Twin();
    }
    expect(() => constructActor(Twin, construction, () => new Twin())).to.throw(
      ActorConstructedDirectlyError,
    );
  });

  it('leaves no construction under way when it throws', () => {
    class Bad extends Actor {
      field = JSON.parse('{');
    }
    expect(() => constructActor(Bad, construction, () => new Bad())).to.throw(SyntaxError);
    expect(() => new Counter()).to.throw(ActorConstructedDirectlyError);
  });

  it('gives no own fields besides those of the subclass', () => {
    const counter = constructActor(Counter, construction, () => new Counter());
    expect(Object.keys(counter)).to.deep.equal(['total']);
  });
});

describe('the module of an actor class', () => {
  it('is what static module says', () => {
    class Marked extends Actor {
      static module = here;
    }
    expect(moduleOf(Marked)).to.equal(here);
  });

  it('is what the decorator says', () => {
    @actor(here)
    class Decorated extends Actor {}
    expect(moduleOf(Decorated)).to.equal(here);
  });

  it('may be a URL, or a path as in CommonJS', () => {
    class ByUrl extends Actor {
      static module = new URL(here);
    }
    class ByPath extends Actor {}
    actor('/somewhere/by path.cjs')(ByPath);
    expect(moduleOf(ByUrl)).to.equal(here);
    expect(moduleOf(ByPath)).to.equal(pathToFileURL('/somewhere/by path.cjs').href);
  });

  it('is not inherited', () => {
    class Parent extends Actor {
      static module = here;
    }
    class Child extends Parent {}
    expect(() => moduleOf(Child)).to.throw(ActorModuleMissingError, /class it extends does not count/);
  });

  it('must be there, and the error shows both ways', () => {
    class Unmarked extends Actor {}
    expect(() => moduleOf(Unmarked)).to.throw(
      ActorModuleMissingError,
      /Unmarked.*static module = import\.meta\.url.*@actor\(import\.meta\.url\).*__filename/,
    );
  });

  it('never runs a getter', () => {
    class Lazy extends Actor {
      static get module(): string {
        throw new Error('ran');
      }
    }
    expect(() => moduleOf(Lazy)).to.throw(ActorModuleMissingError);
  });
});

describe('finding an actor class in its module', () => {
  class Counter extends Actor {}
  class Other extends Actor {}

  it('finds a decorated class that is not exported', () => {
    const url = someModule();
    class Hidden extends Actor {}
    actor(url)(Hidden);
    expect(findActorClass({}, url, 'Hidden')).to.equal(Hidden);
  });

  it('finds an export by the class’s own name, also under another', () => {
    expect(findActorClass({ Counter, Other }, someModule(), 'Counter')).to.equal(Counter);
    expect(findActorClass({ Renamed: Counter }, someModule(), 'Counter')).to.equal(Counter);
  });

  it('finds an export by its own name', () => {
    expect(findActorClass({ Renamed: Counter }, someModule(), 'Renamed')).to.equal(Counter);
  });

  it('finds an anonymous default export, whatever the compiler calls it', () => {
    const anonymous = (() => class extends Actor {})();
    expect(findActorClass({ default: anonymous }, someModule(), 'default')).to.equal(anonymous);
    class default_1 extends Actor {}
    expect(findActorClass({ default: default_1 }, someModule(), 'default')).to.equal(default_1);
  });

  it('finds a member of module.exports in CommonJS', () => {
    expect(findActorClass({ default: { Counter } }, someModule(), 'Counter')).to.equal(Counter);
  });

  it('counts one class exported twice once', () => {
    expect(findActorClass({ Counter, default: Counter }, someModule(), 'Counter')).to.equal(Counter);
  });

  it('lists what there is when there is none', () => {
    const find = (): unknown =>
      findActorClass({ Counter, As: Other, helper: () => 1 }, 'file:///m.js', 'Missing');
    expect(find).to.throw(
      ActorClassNotFoundError,
      'Missing in file:///m.js, which offers Counter, Other (exported as As)',
    );
  });

  it('lists both when there are two', () => {
    const url = someModule();
    const second = (() => {
      class Counter extends Actor {}
      return Counter;
    })();
    const find = (): unknown => findActorClass({ Counter, second }, url, 'Counter');
    expect(find).to.throw(ActorClassNotFoundError, /more than one.*Counter, Counter \(exported as second\)/);
  });
});
