// Threads that end by themselves: at their n-th message to the main thread.
import { parentPort } from 'node:worker_threads';
import { strikes } from './faults.mjs';

if (parentPort !== null) {
  const port = parentPort;
  const post = port.postMessage.bind(port);
  port.postMessage = (...args) => {
    if (strikes('thread')) process.exit(1);
    post(...args);
  };
}
