// The clock on the wall is set by an hour, and time goes by faster for what waits on purpose.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { faster, strikes } from './faults.mjs';

const hour = 3_600_000;

const RealDate = Date;
function jump() {
  if (strikes('clock forward')) return hour;
  return strikes('clock back') ? -hour : 0;
}
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + jump());
    else super(...args);
  }
  static now() {
    return RealDate.now() + jump();
  }
};

const now = performance.now.bind(performance);
/** Since when time goes by as fast as it does now. */
let since = { factor: 1, real: 0, told: 0 };
performance.now = () => {
  const real = now();
  const told = since.told + (real - since.real) * since.factor;
  if (faster() !== since.factor) since = { factor: faster(), real, told };
  return told;
};
const sleep = timers.setTimeout;
timers.setTimeout = (milliseconds, ...others) => sleep(milliseconds / faster(), ...others);
syncBuiltinESMExports();
