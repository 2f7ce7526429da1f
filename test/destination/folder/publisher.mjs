// A run in a process of its own, on the build: makes a small version the way the story does. Its request is JSON in
// argv[2]; it prints one JSON object per event, and waits for a line on stdin where `wait` says so.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createShardFile, openStaging, recover } from '../../../dist/destination/folder/index.js';

/** @type {{ out: string, dataset: string, version: string, run: string, shards?: number, shardBytes?: number,
 *   killAt?: string, wait?: 'opened' | 'written', recover?: boolean }} */
const request = JSON.parse(process.argv[2] ?? '');
const { out, dataset, version, run, shards = 3, shardBytes = 1000, killAt } = request;

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');
const reach = async (point) => {
  if (killAt === point) die();
  if (request.wait !== point) return;
  say({ waiting: point });
  await once(process.stdin, 'data');
};

let staging;
try {
  if (request.recover) say({ recovered: await recover(out) });
  staging = await openStaging({ out, dataset, version, run });
  await reach('opened');
  const files = [];
  const listed = [];
  for (let index = 0; index < shards; index += 1) {
    const shard = createShardFile(staging.folder, `lane-0-${index}`);
    shard.write(Buffer.alloc(shardBytes, `${run} ${index} `));
    if (index === 1) await reach('writing');
    const path = index % 2 === 0 ? `${version}-${index}.parquet` : `part=${index}/${version}-${index}.parquet`;
    const closed = shard.close();
    files.push({ from: `lane-0-${index}`, to: path, bytes: closed.bytes });
    listed.push({ path, ...closed });
  }
  await reach('written');
  const name = `_manifest.${version}.json`;
  const metadataLines = [...listed.map(({ path }) => path), name].map((path) =>
    JSON.stringify({
      file: `${dataset}/${version}/${path}`,
      metadata: { run, 'valohai.dataset-versions': [{ uri: `dataset://${dataset}/${version}` }] },
    }),
  );
  await staging.publish({
    files,
    manifest: { name, bytes: Buffer.from(JSON.stringify({ run, shards: listed })) },
    metadataLines,
    onStep: (step) => {
      if (step === killAt) die();
    },
  });
  say({ published: createHash('sha256').update(metadataLines.join('\n')).digest('hex') });
} catch (error) {
  say({ failed: error.code, message: error.message, hint: error.hint });
} finally {
  await staging?.abort();
}
process.stdin.destroy();
