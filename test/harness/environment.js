/**
 * The surroundings of a test file: the worker's own global object instead of a new one for each file, as jest-environment-node makes.
 * So packages are loaded once in a worker (runtime.js), and `instanceof` says the same as in production, where a process has one
 * `Error` and one `Array` too. What a file leaves on the global object, in the environment and on `process` is undone after it.
 */
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Properties in which each file's copy of jest's runner keeps the tests, and with them all that they use. */
const OF_THE_FILE = new Set(['EVENT_HANDLERS', 'JEST_STATE_SYMBOL']);

module.exports = class WorkerEnvironment {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    // Tests use modern fake timers only.
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    this.restore = [keepProperties(globalThis), keepProperties(process), keepVariables()];
    this.tornDown = false;
  }

  setup() {}

  teardown() {
    this.fakeTimersModern.dispose();
    for (const restore of this.restore) restore();
    for (const key of Object.getOwnPropertySymbols(globalThis))
      if (OF_THE_FILE.has(key.description)) Reflect.deleteProperty(globalThis, key);
    this.tornDown = true;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Nothing compiles in it (see runtime.js); jest takes null as the end of the environment. */
  getVmContext() {
    return this.tornDown ? null : globalThis;
  }
};

/** @returns what makes an object's properties as they are now; new ones stay, since a package that is loaded once may need its own. */
function keepProperties(object) {
  const before = Object.getOwnPropertyDescriptors(object);
  return () => {
    for (const key of Reflect.ownKeys(before)) {
      const now = Object.getOwnPropertyDescriptor(object, key);
      const { value, get } = before[key];
      if (now?.value !== value || now?.get !== get) Reflect.defineProperty(object, key, before[key]);
    }
  };
}

/** @returns what makes the environment variables as they are now. */
function keepVariables() {
  const before = { ...process.env };
  return () => {
    for (const name of Object.keys(process.env))
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  };
}
