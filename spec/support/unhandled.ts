/**
 * Loaded by mocha first: a rejection that nobody handles would end a program, and fails the run, once all specs have
 * been played. (To throw it at once ends mocha in the midst of a test.)
 */

/** Each with the test that it came in, or after. Mocha passes each on once more. */
const unhandled = new Map<unknown, string>();
let title = 'nothing yet';

process.on('unhandledRejection', (error) => {
  if (!unhandled.has(error)) unhandled.set(error, title);
});

export const mochaHooks: Mocha.RootHookObject = {
  beforeEach(this: Mocha.Context) {
    title = this.currentTest?.fullTitle() ?? title;
  },
  afterAll() {
    if (unhandled.size === 0) return;
    const lines = [...unhandled].map(
      ([error, at]) => `in or after “${at}”: ${error instanceof Error ? error.stack : error}`,
    );
    throw new Error(`Nobody handled these rejections:\n${lines.join('\n')}`);
  },
};
