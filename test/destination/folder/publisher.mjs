// A run in a process of its own, on the build: makes a small version the way the story does. Its request is JSON in
// argv[2]; it prints one JSON object per event, and waits for a line on stdin where `wait` says so.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connectFolder } from '../../../dist/destination/folder/connect.js';
import { openFiles } from '../../../dist/destination/folder/object-file.js';
import { thisMachine } from '../../../dist/machine/machine.js';
import { valohaiAnnouncements } from '../../../dist/manifest/valohai.js';

/** @type {{ out: string, dataset: string, version: string, run: string, shards?: number, shardBytes?: number,
 *   killAt?: string, wait?: 'opened' | 'written', recover?: boolean, siblings?: string[] }} */
const request = JSON.parse(process.argv[2] ?? '');
const { out, dataset, version, run, shards = 3, shardBytes = 1000, killAt, siblings = [] } = request;

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');
const reach = async (point) => {
  if (killAt === point) die();
  if (request.wait !== point) return;
  say({ waiting: point });
  await once(process.stdin, 'data');
};

const outputs = connectFolder(thisMachine, out, valohaiAnnouncements);
let draft;
try {
  if (request.recover) say({ recovered: await outputs.recover() });
  draft = await outputs.openDraft({
    dataset,
    version,
    from: version,
    run,
    siblings: siblings.map((sibling) => ({ dataset, version: sibling, from: sibling })),
  });
  const objects = openFiles(thisMachine.fs, draft.ticket);
  await reach('opened');
  const versions = [];
  const announcements = [];
  for (const version of [request.version, ...siblings]) {
    const files = [];
    const listed = [];
    for (let index = 0; index < shards; index += 1) {
      const path = index % 2 === 0 ? `${version}-${index}.parquet` : `part=${index}/${version}-${index}.parquet`;
      const shard = objects.create(`${version}/${path}`);
      const content = Buffer.alloc(shardBytes, `${run} ${index} `);
      shard.write(content);
      if (index === 1) await reach('writing');
      await shard.close();
      files.push({ path, bytes: content.length });
      listed.push({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    }
    const name = `_manifest.${version}.json`;
    for (const path of [...listed.map(({ path }) => path), name]) {
      announcements.push(
        JSON.stringify({
          file: `${dataset}/${version}/${path}`,
          metadata: { run, 'valohai.dataset-versions': [{ uri: `dataset://${dataset}/${version}` }] },
        }),
      );
    }
    const manifest = { name, bytes: Buffer.from(JSON.stringify({ run, shards: listed })) };
    versions.push({ files, manifest });
  }
  await reach('written');
  const [first, ...others] = versions;
  const seen = new Map();
  await draft.publish({
    ...first,
    siblings: others,
    announcements,
    onStep: (step) => {
      seen.set(step, (seen.get(step) ?? 0) + 1);
      if (killAt === step || killAt === `${step} ${seen.get(step)}`) die();
    },
  });
  say({ published: createHash('sha256').update(announcements.join('\n')).digest('hex') });
} catch (error) {
  say({ failed: error.code, message: error.message, hint: error.hint });
} finally {
  await draft?.abort();
}
process.stdin.destroy();
