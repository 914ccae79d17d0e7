/**
 * Loaded by mocha first: a rejection that nobody handles would end a program, and fails the run, once all specs have
 * been played. (To throw it at once ends mocha in the midst of a test.)
 */
/** Mocha passes each on once more. */
const unhandled = new Set<string>();
let title = 'nothing yet';

process.on('unhandledRejection', (error) => {
  const what = error instanceof Error ? error.stack : String(error);
  unhandled.add(`in or after “${title}”: ${what}`);
});

export const mochaHooks: Mocha.RootHookObject = {
  beforeEach(this: Mocha.Context) {
    title = this.currentTest?.fullTitle() ?? title;
  },
  afterAll() {
    if (unhandled.size > 0) throw new Error(`Nobody handled these rejections:\n${[...unhandled].join('\n')}`);
  },
};
