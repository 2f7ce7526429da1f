// Given to a run by NODE_OPTIONS=--import=…/threads.mjs: what each of its threads has in memory, every 200 ms, on stderr.
// One line: thread, seconds, MB of the process, MB of the thread's heap in use and in all, of its young generation, and of
// memory outside the heap (external and, as a part of that, array buffers).
import { threadId } from 'node:worker_threads';
import { getHeapSpaceStatistics } from 'node:v8';

const every = 200;
const megabytes = (bytes) => Math.round(bytes / 1e6);

const told = () => {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
  const figures = [rss, heapUsed, heapTotal, young, external, arrayBuffers].map(megabytes).join(' ');
  process.stderr.write(`memory thread ${threadId} ${process.uptime().toFixed(1)} s: ${figures}\n`);
};
setInterval(told, every).unref();
