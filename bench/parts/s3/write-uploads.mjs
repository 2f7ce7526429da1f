// Bytes into a bucket by Tidemark's uploads: as one lane writes files of 128 MiB, one after the other. Prints what the process took.
import { connectS3 } from '../../../dist/destination/s3/connect.js';
import { openUploads } from '../../../dist/destination/s3/objects.js';
import { thisMachine } from '../../../dist/machine/machine.js';
import { bytesAt, tellUsage } from './usage.mjs';

const { location, bytes } = JSON.parse(process.argv[2]);
const shardBytes = 128 * 1024 * 1024;
const destination = connectS3(thisMachine, location);
const draft = await destination.openDraft({ dataset: 'bench', version: 'v1', run: 'bench' });
const objects = openUploads(draft.ticket);
const files = [];
for (let left = bytes; left > 0; left -= shardBytes) {
  const path = `part-${files.length}.bin`;
  const object = objects.create(path);
  const size = Math.min(shardBytes, left);
  for (let at = 0; at < size;) {
    const piece = bytesAt(at, size);
    object.write(piece);
    at += piece.length;
    await object.room();
  }
  await object.close();
  files.push({ path, bytes: size });
}
await draft.publish({ files, manifest: { name: '_manifest.v1.json', bytes: Buffer.from('{}') }, announcements: [] });
tellUsage();
