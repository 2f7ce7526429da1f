/* The Snowflake source: what the lanes and the story need of it, under the names that every source has. */
export { openLane } from './read/lane.js';
export { open } from './open.js';
export { join, share } from './read/shared-ticket.js';
