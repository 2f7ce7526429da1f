/* The PostgreSQL source: what the lanes and the story need of it, under the names that every source has. */
export { createDecoder } from './decode/decoder.js';
export { openLane } from './read/lane.js';
export { open } from './open.js';
export { join, share } from './snapshot/shared-ticket.js';
