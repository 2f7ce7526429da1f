import { type PublishRequest, type Staging, createShardFile } from '../../../src/destination/folder/index.js';

export const sales = { dataset: 'sales', version: 'v1', run: 'r1' };
export const line =
  '{"file":"sales/v1/s-0.parquet","metadata":{"valohai.dataset-versions":[{"uri":"dataset://sales/v1"}]}}';

/** Writes one shard, and says what publishing it takes. */
export function oneShard(staging: Staging): PublishRequest {
  const file = createShardFile(staging.folder, 'lane');
  file.write(Buffer.from('shard'));
  const closed = file.close();
  const shards = [{ path: 's-0.parquet', ...closed }];
  return {
    files: [{ from: 'lane', to: 's-0.parquet', bytes: closed.bytes }],
    manifest: { name: '_manifest.v1.json', bytes: Buffer.from(JSON.stringify({ shards })) },
    metadataLines: [line],
  };
}
