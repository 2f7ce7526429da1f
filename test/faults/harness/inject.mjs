// The preload: `node --import …/inject.mjs`, by NODE_OPTIONS also in worker threads.
import './files.mjs';
import './memory.mjs';
import './threads.mjs';
import './time.mjs';
