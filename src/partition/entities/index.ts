/* How many entities there are, and in which parts: counted from records, in memory that is bounded. */
export { countEntities, type EntityCounts } from './count.js';
export { KeySlots } from './key-slots.js';
export { type EntityRecordsRead, gatherRecords, type RangeBuckets, recordsIn } from './ranges.js';
export { countLiveRows, keyTags, type LiveCount } from './live.js';
export { findReplaced } from './replaced.js';
export { RepeatCounter } from './repeats.js';
export { markRecords } from './records.js';
