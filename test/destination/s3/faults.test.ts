import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { connectS3 } from '../../../src/destination/s3/connect.js';
import type { S3Draft, S3PublishStep } from '../../../src/destination/s3/draft.js';
import { openUploads } from '../../../src/destination/s3/objects.js';
import { s3Store } from '../../../src/destination/s3/store.js';
import { type Machine, thisMachine } from '../../../src/machine/machine.js';
import { goodKey, startStrictS3 } from '../../servers/s3/strict.js';
import { keysIn } from './runs.js';

const store = await startStrictS3();
afterAll(() => store.stop());
afterEach(async () => {
  Object.assign(process.env, goodKey);
  await store.empty();
  await store.play();
});

const prefix = 'faults';
const place = store.at(`bucket/${prefix}`);
/** More than one part, so that parts can fail one by one. */
const content = Buffer.alloc(9_000_000, 'the rows of a shard ');

/** To this machine all runs of others are dead. */
const lonely: Machine = {
  ...thisMachine,
  processes: { own: thisMachine.processes.own, liveness: () => 'dead' },
};

const shardsOf = (version: string): string[] => [`part=1/${version}-0.parquet`, `${version}-1.parquet`];

interface Run {
  readonly run: string;
  readonly machine?: Machine;
  readonly location?: string;
  readonly versions?: readonly string[];
}

async function open({ run, machine = thisMachine, location = place, versions = ['v1'] }: Run): Promise<S3Draft> {
  const destination = connectS3(machine, location);
  await destination.recover(['sales']);
  const [first, ...siblings] = versions.map((version) => ({ dataset: 'sales', version, from: version }));
  return destination.openDraft({ ...first!, siblings, run });
}

async function write(draft: S3Draft, versions: readonly string[] = ['v1']): Promise<void> {
  const objects = openUploads(structuredClone(draft.ticket));
  for (const version of versions) {
    for (const path of shardsOf(version)) {
      const object = objects.create(`${version}/${path}`);
      object.write(content);
      await object.room();
      await object.close();
    }
  }
}

async function publish(
  draft: S3Draft,
  onStep: (step: S3PublishStep) => void = () => undefined,
  versions: readonly string[] = ['v1'],
): Promise<readonly string[]> {
  const [first, ...siblings] = versions.map((version) => ({
    files: shardsOf(version).map((path) => ({ path, bytes: content.length })),
    manifest: { name: `_manifest.${version}.json`, bytes: Buffer.from('{}') },
  }));
  return draft.publish({ ...first!, siblings, announcements: [], onStep });
}

async function make(run: Run): Promise<void> {
  const draft = await open(run);
  try {
    await write(draft, run.versions);
    await publish(draft, undefined, run.versions);
  } finally {
    await draft.abort();
  }
}

/** Nothing is there but the files of these versions. */
async function expectFiles(versions: readonly string[]): Promise<void> {
  const files = versions.flatMap((version) =>
    [`_manifest.${version}.json`, ...shardsOf(version)].map((path) => `sales/${version}/${path}`),
  );
  expect(await keysIn(store, prefix)).toEqual(files.sort());
  expect((await store.contents()).uploads).toEqual([]);
}

async function expectWhole(version = 'v1'): Promise<void> {
  await expectFiles([version]);
  for (const path of shardsOf(version)) {
    const bytes = await s3Store.read(s3Store.join(place, `sales/${version}/${path}`));
    expect(Buffer.compare(bytes!, content)).toBe(0);
  }
}

/** Every kind of request that a run makes. */
const requests = [
  { method: 'GET', path: 'list-type=2' },
  { method: 'PUT', path: '_claim[.]v1' },
  { method: 'POST', path: 'uploads=' },
  { method: 'PUT', path: '_uploads[.]v1.*json' },
  { method: 'PUT', path: 'partNumber=1' },
  { method: 'PUT', path: 'partNumber=2' },
  { method: 'GET', path: '_uploads[.]v1.*json' },
  { method: 'POST', path: '-1[.]parquet[?]uploadId' },
  { method: 'POST', path: '_manifest.*uploadId' },
  { method: 'DELETE', path: '_uploads' },
  { method: 'DELETE', path: '_claim' },
];

describe('a store that fails for a moment', () => {
  it.each(requests)('at $method $path: 503, a cut before and after the work', async (one) => {
    const faults = [{ status: 503 }, { cut: 'before' }, { cut: 'after' }] as const;
    for (const fault of faults) {
      await store.play({ ...one, ...fault });
      await make({ run: 'r' });
      expect((await store.contents()).left, JSON.stringify(fault)).toBe(0);
      await expectWhole();
      await store.empty();
    }
  });

  it('at the second manifest of several: the answer is lost, and the version is there', async () => {
    await store.play({ method: 'POST', path: '_manifest[.]v2.*uploadId', cut: 'after', times: 2 });
    await make({ run: 'r', versions: ['v1', 'v2'] });
    await expectFiles(['v1', 'v2']);
  });

  it('refuses a part that was damaged on its way: it is sent again', async () => {
    await store.play({ method: 'PUT', path: 'partNumber=2', damage: true });
    await make({ run: 'r' });
    const { requests: made } = await store.contents();
    expect(made.filter((text) => text.includes('partNumber=2'))).toHaveLength(3);
    await expectWhole();
  });
});

describe('a store that refuses', () => {
  it.each([
    ['AKIDEXPIRED', /credentials have expired/],
    ['AKIDDENIED', /access was denied/],
    ['AKIDOTHER', /does not know the access key/],
  ])('%s', async (id, message) => {
    process.env['AWS_ACCESS_KEY_ID'] = id;
    const secretive = store.at(`bucket/${id}`).replace('region=', '');
    const failing = make({ run: 'r', location: `${secretive}&region=${id.toLowerCase()}` });
    await expect(failing).rejects.toMatchObject({
      code: 'destination.denied',
      message: expect.stringMatching(message) as string,
    });
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringMatching(/secret-of/) as string });
  });

  it('conditions that it does not know: it is found out', async () => {
    await store.play({ ignoresConditions: true });
    await expect(make({ run: 'r' })).rejects.toMatchObject({
      code: 'destination.io',
      message: expect.stringContaining('does not refuse a write with If-None-Match') as string,
    });
    await expectFiles([]);
  });

  it.each([
    [501, 'NotImplemented', /does not know what was asked of it/],
    [403, 'AccessDenied', /access was denied/],
  ])('a second write of the claim by %i: the claim goes', async (status, code, message) => {
    await store.play({ method: 'PUT', path: '_claim', skip: 1, status, code });
    await expect(make({ run: 'r' })).rejects.toMatchObject({ message: expect.stringMatching(message) as string });
    await expectFiles([]);
  });

  it('to remove anything: the version is there, and the run says what stays', async () => {
    await store.play({ method: 'DELETE', status: 403, code: 'AccessDenied', times: 1000 });
    const draft = await open({ run: 'r' });
    await write(draft);
    const warnings = await publish(draft);
    expect(warnings).toEqual([
      expect.stringMatching(/^the version is made, and its claim or records .* stay .* access was denied$/),
    ]);
    await store.play();
    expect(await connectS3(lonely, place).recover(['sales'])).toMatchObject([{ kind: 'completed' }]);
    await expectWhole();
  });

  it('with a redirect: nothing is sent there', async () => {
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url!);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/stolen`;
    for (const one of [requests[0]!, requests[4]!]) {
      await store.play({ ...one, location });
      await expect(make({ run: 'r' })).rejects.toMatchObject({
        code: 'destination.denied',
        message: expect.stringContaining('sends on to another address') as string,
      });
    }
    other.close();
    expect(asked).toEqual([]);
    await expectFiles([]);
  });
});

describe('a run that seems dead, and is not', () => {
  it.each(['before it publishes', 'while it publishes'])(
    '%s: who takes its claim over makes the version',
    async (when) => {
      const late = await open({ run: 'late' });
      await write(late);
      let publishing: Promise<unknown> | undefined;
      if (when === 'while it publishes') {
        // It is held up where all is noted and no object is complete.
        await store.play({ method: 'POST', path: '[?]uploadId', wait: 1500, times: 2 });
        await new Promise<void>((resolve) => {
          publishing = publish(late, (step) => step === 'noted' && resolve());
          publishing.catch(() => undefined);
        });
      }
      const next = await open({ run: 'next', machine: lonely });
      publishing ??= publish(late);
      publishing.catch(() => undefined);
      await write(next);
      await publish(next);
      await expect(publishing).rejects.toMatchObject({
        code: when === 'while it publishes' ? 'destination.io' : 'request.version-exists',
      });
      await late.abort();
      await next.abort();
      await expectWhole();
      const { objects } = await store.contents();
      for (const { run } of objects) expect(run).toBe('next');
    },
  );

  it('after its first manifest: who takes its claim over completes the others', async () => {
    const versions = ['v1', 'v2'];
    const late = await open({ run: 'late', versions });
    await write(late, versions);
    await store.play({ method: 'POST', path: '_manifest[.]v2.*uploadId', wait: 1000 });
    let publishing: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      publishing = publish(late, (step) => step === 'manifest-completed' && resolve(), versions);
    });
    const reports = await connectS3(lonely, place).recover(['sales']);
    expect(reports).toMatchObject([{ kind: 'completed', run: 'late' }]);
    await expectFiles(versions);
    await publishing;
    await late.abort();
    await expectFiles(versions);
  });

  it('and notes an upload when all is cleared away: a later run removes that, too', async () => {
    const late = await open({ run: 'late' });
    expect(await connectS3(lonely, place).recover(['sales'])).toMatchObject([{ kind: 'removed' }]);
    const object = openUploads(structuredClone(late.ticket)).create('v1/slow.parquet');
    object.write(content);
    await object.close();
    expect(await keysIn(store, prefix)).toEqual(['sales/_uploads.v1/late/slow.parquet.json']);
    await expect(publish(late)).rejects.toMatchObject({ code: 'request.version-exists' });
    expect((await store.contents()).uploads).toHaveLength(1);
    await make({ run: 'next', versions: ['v2'] });
    await expectWhole('v2');
  });

  it('and another member of it leaves word when all is cleared away: a later run removes that, too', async () => {
    const destination = connectS3(thisMachine, place);
    const late = await destination.openDraft({ dataset: 'sales', version: 'v1', run: 'late', shared: true });
    const [word, other] = [`sales/_board.v1/late/from-1`, `sales/_board.v2/dead/from-1`];
    await s3Store.replace(s3Store.join(place, other), content);
    await s3Store.replace(s3Store.join(late.board!, 'from-1'), content);
    await make({ run: 'next', versions: ['v3'] });
    // Its own run lives.
    expect(await keysIn(store, prefix)).toEqual(expect.arrayContaining([word, 'sales/_claim.v1']));
    expect(await keysIn(store, prefix)).not.toContain(other);
    await late.abort();
    await s3Store.replace(s3Store.join(late.board!, 'from-1'), content);
    expect(await keysIn(store, prefix)).toContain(word);
    expect(await destination.recover(['sales'])).toEqual([]);
    await expectFiles(['v3']);
  });

  it('gives its own uploads up when it is told', async () => {
    const late = await open({ run: 'late' });
    const next = await open({ run: 'next', machine: lonely });
    await write(late);
    await write(next);
    await late.abort();
    await publish(next);
    await expectWhole();
  });
});

describe('what is asked of the store', () => {
  it('encryption and tags, of every object', async () => {
    const location = `${place}&sse=aws:kms&kms-key=k1&tags=team=ml,stage=a`;
    const draft = await open({ run: 'r', location });
    await write(draft);
    await publish(draft);
    const { objects } = await store.contents();
    expect(objects).toHaveLength(3);
    for (const { headers } of objects) {
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'k1',
        'x-amz-tagging': 'team=ml&stage=a',
      });
    }
  });
});
