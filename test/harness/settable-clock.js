/** Loaded by a server under test before anything else: SIGUSR2 sets its clock an hour ahead, then an hour back, then right again. */
'use strict';

const HOUR_MS = 3_600_000;
const SHIFTS_MS = [HOUR_MS, -HOUR_MS, 0];

const SystemDate = globalThis.Date;
let turns = 0;
let shiftMs = 0;
process.on('SIGUSR2', () => {
  shiftMs = SHIFTS_MS[turns % SHIFTS_MS.length];
  turns += 1;
});

const now = () => SystemDate.now() + shiftMs;

globalThis.Date = new Proxy(SystemDate, {
  construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given),
  apply: (target) => new target(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
