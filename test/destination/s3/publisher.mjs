// A run in a process of its own, on the build: makes small versions in a bucket the way the story does. Its request is JSON in argv[2]; it
// prints one JSON object per event, and waits for a line on stdin where `wait` says so.
import { once } from 'node:events';
import { connectS3 } from '../../../dist/destination/s3/connect.js';
import { openUploads } from '../../../dist/destination/s3/objects.js';
import { thisMachine } from '../../../dist/machine/machine.js';

/** @type {{ location: string, versions: string[], run: string, shards?: number, shardBytes?: number, killAt?: string, wait?: string,
 *   killAfter?: number, signalAfter?: number }} */
const request = JSON.parse(process.argv[2] ?? '');
const { location, run, shards = 3, shardBytes = 1000, killAt, killAfter } = request;
const [version, ...siblings] = request.versions;
const dataset = 'sales';

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');
if (killAfter !== undefined) setTimeout(die, killAfter);
const reach = async (point) => {
  if (killAt === point) die();
  if (request.wait !== point) return;
  say({ waiting: point });
  await once(process.stdin, 'data');
};

let draft;
try {
  const destination = connectS3(thisMachine, location);
  say({ recovered: await destination.recover([dataset]) });
  draft = await destination.openDraft({
    ...{ dataset, version, run, from: version },
    siblings: siblings.map((sibling) => ({ dataset, version: sibling, from: sibling })),
  });
  const objects = openUploads(structuredClone(draft.ticket));
  await reach('opened');
  const made = [];
  for (const name of request.versions) {
    const files = [];
    for (let index = 0; index < shards; index += 1) {
      const path = index % 2 === 0 ? `${name}-${index}.parquet` : `part=${index}/${name}-${index}.parquet`;
      const content = Buffer.alloc(shardBytes, `${run} ${index} `);
      const object = objects.create(`${name}/${path}`);
      object.write(content);
      await object.room();
      if (index === 1) await reach('writing');
      await object.close();
      files.push({ path, bytes: content.length });
    }
    const manifest = { name: `_manifest.${name}.json`, bytes: Buffer.from(JSON.stringify({ run, files })) };
    made.push({ files, manifest });
  }
  await reach('written');
  const [first, ...others] = made;
  const seen = new Map();
  await draft.publish({
    ...first,
    siblings: others,
    announcements: [],
    onStep: (step) => {
      seen.set(step, (seen.get(step) ?? 0) + 1);
      if (killAt === step || killAt === `${step} ${seen.get(step)}`) die();
    },
  });
  say({ published: run });
} catch (error) {
  say({ failed: error.code, message: error.message, hint: error.hint });
} finally {
  await draft?.abort();
}
process.exit(0);
