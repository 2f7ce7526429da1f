/**
 * What a version is and how it is named: its manifest, and the metadata made from it.
 */
export { buildManifest, type ManifestInput, type ManifestPlan, orderReceipts, type WrittenTable } from './build.js';
export { checkDateColumn, dateRange } from './date-range.js';
export {
  summariseVersion as describeVersion,
  summarySections,
  type SummarySection,
  type VersionSummary,
} from './summary.js';
export { encodeManifest, manifestName, manifestSeal, parseManifest, type ReadManifest, versionId } from './encode.js';
export { dateText, logicalDate as logicalMoment, type LogicalDate as LogicalMoment } from './logical-date.js';
export { parseVersionUri, resolveVersionName, type VersionName } from './names.js';
export type { NameValues } from './placeholders.js';
export { inValohai, valohaiLineage, valohaiOutputs } from './platform.js';
export { checkProperties } from './properties.js';
export { defaultShardName, defaultTableShardName, resolveShardName, shardPath } from './shard-names.js';
export type {
  LedgerLine,
  Lineage,
  Manifest,
  ManifestRun,
  ManifestShard,
  ManifestTable,
  ManifestVersion,
} from './shape.js';
export { metadataFile, metadataLines } from './valohai.js';
