// Given to a run by `NODE_OPTIONS=--import=…`: a disk that takes SLOW_DISK_BYTES a second from each thread.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const rate = Number(process.env.SLOW_DISK_BYTES);
const never = new Int32Array(new SharedArrayBuffer(4));
const { writeSync } = fs;
fs.writeSync = (...args) => {
  const count = writeSync(...args);
  Atomics.wait(never, 0, 0, (1000 * count) / rate);
  return count;
};
syncBuiltinESMExports();
