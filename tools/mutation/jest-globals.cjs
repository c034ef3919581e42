/**
 * Lets mocha run the jest tests of pure rules, for `npm run mutation`: jest reloads every module for each
 * mutant, which takes eight seconds; mocha keeps them loaded, and a mutant takes milliseconds. The expectations
 * are jest's own packages.
 */
require('tsx/cjs');
const { expect } = require('expect');
const { bind } = require('jest-each');

globalThis.expect = expect;

/** mocha creates `it`, `describe` and the hooks when it reads a file; jest's table form is added then. */
for (const name of ['describe', 'it']) {
  let current;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => current,
    set(value) {
      current = value;
      if (value && !value.each) value.each = bind((title, test) => current(title, test), false);
    },
  });
}
Object.defineProperty(globalThis, 'beforeAll', { configurable: true, get: () => globalThis.before });
Object.defineProperty(globalThis, 'afterAll', { configurable: true, get: () => globalThis.after });

// The same random inputs for each mutant, so that two runs give the same result.
require('fast-check').configureGlobal({ seed: 20261126 });
