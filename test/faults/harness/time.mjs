// The clock on the wall is set by an hour, and what waits on purpose waits a twentieth of that time.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { strikes } from './faults.mjs';

const hour = 3_600_000;
const faster = 20;

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
performance.now = () => now() * faster;
const sleep = timers.setTimeout;
timers.setTimeout = (milliseconds, ...others) => sleep(milliseconds / faster, ...others);
syncBuiltinESMExports();
