/* Shares that are exact: strata, the ranks of their entities, and where they are cut. */
export { exactBounds } from './bounds.js';
export { stratumOfKey } from './strata.js';
