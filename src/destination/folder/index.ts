export { assertVersionAbsent } from './absent.js';
export { type PublishRequest, type PublishStep, publishSteps } from './publish.js';
export { recover } from './recover.js';
export type { RecoveryReport } from './report.js';
export { type ClosedShardFile, type ShardFile, createShardFile } from './shard-file.js';
export { type Staging, type StagingRequest, openStaging } from './staging.js';
