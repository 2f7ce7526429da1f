import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { AnnouncementFile, DestinationDescription, Draft, PublishRequest } from '../../src/core/destination.js';
import { destinations } from '../../src/destination/registry.js';
import { startMoto } from '../servers/s3/moto.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';
import { MemoryDestination } from './memory-destination.js';

const announcements: AnnouncementFile = { name: 'news.jsonl', names: (line, uri) => line.includes(`"${uri}"`) };
const v1 = { dataset: 'sales', version: 'v1' };
const line = '{"about":"dataset://sales/v1"}';

const s3 = await startStrictS3({ pageSize: 3 });
const moto = await startMoto('bucket');
afterAll(() => {
  s3.stop();
  if ('stop' in moto) moto.stop();
});

/** Every destination, and one in memory; each with a place of its own. */
const subjects: readonly [string, DestinationDescription, string][] = [
  ...destinations.map((description): [string, DestinationDescription, string] => [
    description.kind,
    description,
    placeFor(description.kind),
  ]),
  ['memory', new MemoryDestination(), 'memory:'],
  ...('at' in moto
    ? destinations
        .filter(({ kind }) => kind === 's3')
        .map((one): [string, DestinationDescription, string] => ['s3 of moto', one, moto.at('bucket/contract')])
    : []),
];

if ('missing' in moto) it.skip(`the destination s3 of moto: ${moto.missing}`);

function placeFor(kind: string): string {
  if (kind === 'folder') return emptyFolder('contract');
  if (kind === 's3') return s3.at('bucket/contract');
  throw new Error(`say here where versions of the destination ${kind} may be put`);
}

/** What every destination must do. */
describe.each(subjects)('the destination %s', async (_, description, given) => {
  const openObjects = await description.loadOpenObjects();
  const store = await description.loadStore();
  const root = store.resolve(given);
  const destination = (await description.loadConnect())(root, announcements);
  let runs = 0;
  const open = (version: string): Promise<Draft> =>
    destination.openDraft({ ...v1, version, run: `r${(runs += 1)}`, names: ['_manifest.json'] });

  async function write(draft: Draft, path: string, pieces: readonly Uint8Array[]): Promise<void> {
    // Tickets go to threads.
    const object = openObjects(structuredClone(draft.ticket)).create(path);
    for (const piece of pieces) {
      const copy = Uint8Array.from(piece);
      object.write(copy);
      copy.fill(0);
      await object.room();
    }
    await object.close();
  }

  const request = (files: PublishRequest['files'], more: Partial<PublishRequest> = {}): PublishRequest => ({
    files,
    manifest: { name: '_manifest.json', bytes: Buffer.from('{}') },
    announcements: [line],
    ...more,
  });

  async function publish(version: string): Promise<void> {
    const draft = await open(version);
    await write(draft, 'a.bin', [Buffer.from('a')]);
    await draft.publish(request([{ path: 'a.bin', bytes: 1 }]));
  }

  const at = (version: string, ...names: string[]): string =>
    names.reduce((folder, name) => store.join(folder, name), destination.locationOf({ ...v1, version }));

  async function sha256At(location: string): Promise<{ size: number | undefined; sha256: string }> {
    const object = (await store.open(location))!;
    const hash = createHash('sha256');
    const buffer = new Uint8Array(100_003);
    for (let position = 0; ;) {
      const { bytesRead } = await object.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    await object.close();
    return { size: object.size, sha256: hash.digest('hex') };
  }

  it('takes objects that others have written aside, and no others', async () => {
    const draft = await destination.openDraft({ ...v1, version: 'shared', run: 'shared-1', shared: true });
    expect(draft.board).toBeDefined();
    expect(await destination.findBoard({ ...v1, version: 'shared' })).toBe(draft.board);
    const objects = openObjects(structuredClone(draft.ticket));
    const put = async (path: string, aside: string, text: string): Promise<void> => {
      const object = openObjects(structuredClone(draft.ticket)).aside(aside).create(path);
      object.write(Buffer.from(text));
      await object.close();
    };
    await put('day=1/a.bin', 'one-1', 'of one');
    await put('day=1/a.bin', 'two-1', 'of two');
    await put('b.bin', 'two-1', 'given up');
    await put('c.bin', 'two-1', 'never taken');
    await openObjects(draft.ticket).aside('two-1').remove('b.bin');
    await objects.settle('day=1/a.bin', 'two-1');
    for (const [path, aside] of [
      ['day=1/a.bin', 'one-1'],
      ['day=1/a.bin', 'two-1'],
      ['b.bin', 'two-1'],
      ['c.bin', 'three-1'],
    ] as const)
      await expect(objects.settle(path, aside), `${path} of ${aside}`).rejects.toMatchObject({
        code: 'destination.io',
      });
    const slow = openObjects(draft.ticket).aside('one-2').create('d.bin');
    slow.write(Buffer.from('x'));
    await draft.publish(request([{ path: 'day=1/a.bin', bytes: 6 }]));
    await slow.discard();
    expect((await store.list(at('shared'))).map(({ name }) => name)).toEqual(['_manifest.json', 'day=1']);
    expect(Buffer.from((await store.read(at('shared', 'day=1', 'a.bin')))!).toString()).toBe('of two');
    expect(await destination.findBoard({ ...v1, version: 'shared' })).toBeUndefined();
  });

  it('is made together with others by one run at a time', async () => {
    const shared = { ...v1, version: 'twice', shared: true };
    const first = await destination.openDraft({ ...shared, run: 'twice-1' });
    await expect(destination.openDraft({ ...shared, run: 'twice-2' })).rejects.toMatchObject({
      code: 'request.version-exists',
      message: expect.stringMatching(/is being made by another run/),
    });
    expect(await destination.findBoard(shared)).toBe(first.board);
    await first.abort();
    const second = await destination.openDraft({ ...shared, run: 'twice-3' });
    expect(await destination.findBoard(shared)).toBe(second.board);
    await second.abort();
  });

  it.each(['publish', 'abort'] as const)('has a place for word, which goes with the draft: %s', async (end) => {
    const version = `board-${end}`;
    expect(await destination.findBoard({ ...v1, version })).toBeUndefined();
    const draft = await destination.openDraft({ ...v1, version, run: `board-${end}`, shared: true });
    const word = store.join(draft.board!, 'word');
    expect(await store.read(word)).toBeUndefined();
    for (const text of ['first', 'second, which is longer', 'third']) {
      await store.replace(word, Buffer.from(text));
      expect(Buffer.from((await store.read(word))!).toString()).toBe(text);
    }
    if (end === 'publish') {
      await write(draft, 'a.bin', [Buffer.from('a')]);
      await draft.publish(request([{ path: 'a.bin', bytes: 1 }]));
    } else await draft.abort();
    expect(await store.read(word)).toBeUndefined();
    expect(await destination.findBoard({ ...v1, version })).toBeUndefined();
    const alone = await open(`${version}-alone`);
    expect(alone.board).toBeUndefined();
    expect(await destination.findBoard({ ...v1, version: `${version}-alone` })).toBeUndefined();
    await alone.abort();
  });

  it('shows nothing of a version before it is published, and then all that was listed, byte for byte', async () => {
    const pieces = [0, 1, 1000, 2 ** 18 - 1, 2 ** 18, 3, 700_000].map((size, seed) =>
      Uint8Array.from({ length: size }, (_, index) => (index * 31 + seed) & 255),
    );
    const draft = await open('whole');
    expect(draft.location).toBe(at('whole'));
    await write(draft, 'big.bin', pieces);
    await write(draft, 'part=1/small.bin', [Buffer.from('small')]);
    await write(draft, 'not-listed.bin', [Buffer.from('x')]);
    const objects = openObjects(draft.ticket);
    const given = objects.create('given-up.bin');
    given.write(Buffer.from('x'));
    await given.discard();
    await given.discard();
    expect(await store.kindOf(at('whole'))).toBeUndefined();
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const files = [
      { path: 'big.bin', bytes },
      { path: 'part=1/small.bin', bytes: 5 },
    ];
    await draft.publish(request(files));
    await draft.abort();
    draft.abortSync();
    expect(await store.kindOf(at('whole'))).toBe('folder');
    expect(await store.list(at('whole'))).toEqual([
      { name: '_manifest.json', folder: false },
      { name: 'big.bin', folder: false },
      { name: 'part=1', folder: true },
    ]);
    expect(await store.list(at('whole', 'part=1'))).toEqual([{ name: 'small.bin', folder: false }]);
    expect(Buffer.from((await store.read(at('whole', '_manifest.json')))!).toString()).toBe('{}');
    const sha256 = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
    expect(await sha256At(at('whole', 'big.bin'))).toEqual({ size: bytes, sha256 });
  });

  it('takes a file of another version over, where nothing of its name is there', async () => {
    await publish('earlier');
    const draft = await open('later');
    const objects = openObjects(draft.ticket);
    expect(await objects.takeOver('part=1/a.bin', at('earlier', 'a.bin'))).toBe(true);
    expect(await objects.takeOver('part=1/a.bin', at('earlier', 'a.bin'))).toBe(false);
    expect(await objects.takeOver('b.bin', at('earlier', 'missing.bin'))).toBe(false);
    await draft.publish(request([{ path: 'part=1/a.bin', bytes: 1 }]));
    const sha256 = createHash('sha256').update('a').digest('hex');
    for (const path of [at('earlier', 'a.bin'), at('later', 'part=1', 'a.bin')])
      expect(await sha256At(path)).toEqual({ size: 1, sha256 });
    // What is given up takes nothing of the other version with it.
    const given = await open('given-up');
    await openObjects(given.ticket).takeOver('a.bin', at('earlier', 'a.bin'));
    await given.abort();
    expect(await sha256At(at('earlier', 'a.bin'))).toEqual({ size: 1, sha256 });
  });

  it('keeps files beside versions, each whole or not at all, and removes their folder', async () => {
    const folder = store.join(store.split(at('any')).folder, '_beside');
    const file = store.join(folder, '0.json');
    expect(await store.create(file, Buffer.from('{}'))).toBe(true);
    expect(await store.create(file, Buffer.from('other'))).toBe(false);
    expect(await store.create(store.join(folder, '1.json'), Buffer.from('[]'))).toBe(true);
    expect((await store.list(folder)).map(({ name }) => name)).toEqual(['0.json', '1.json']);
    expect(Buffer.from((await store.read(file))!).toString()).toBe('{}');
    await store.removeFolder(folder);
    await store.removeFolder(folder);
    expect(await store.kindOf(folder)).toBeUndefined();
  });

  it('announces what was published, and nothing else', async () => {
    const news = async (): Promise<string> =>
      Buffer.from((await store.read(store.join(root, 'news.jsonl'))) ?? []).toString();
    const before = await news();
    const told = destination.announces ? (text: string) => text : () => '';
    const draft = await open('announced');
    await expect(draft.publish(request([{ path: 'missing.bin', bytes: 1 }]))).rejects.toMatchObject({
      code: 'destination.io',
    });
    await draft.abort();
    expect(await news()).toBe(before);
    const other = await open('announced');
    await other.publish(request([], { announcements: ['one', 'two'] }));
    expect(await news()).toBe(before + told('one\ntwo\n'));
  });

  it('leaves nothing of a draft that is aborted, whichever way and how often', async () => {
    for (const how of ['abort', 'abortSync'] as const) {
      const draft = await open('aborted');
      await write(draft, 'a.bin', [Buffer.from('a')]);
      await draft[how]();
      await draft[how]();
      expect(await store.kindOf(at('aborted'))).toBeUndefined();
    }
    await publish('aborted');
  });

  it('makes a version once: another run of that name is refused, also when both began', async () => {
    const exists = { code: 'request.version-exists' };
    await destination.assertAbsent({ ...v1, version: 'once' });
    const late = await open('once');
    // One that claims its version first refuses the second run when it begins; others, when it publishes.
    const second = await publish('once').then(
      () => 'published',
      (thrown: unknown) => thrown,
    );
    if (second === 'published') await expect(late.publish(request([]))).rejects.toMatchObject(exists);
    else expect(second).toMatchObject(exists);
    await late.abort();
    if (second !== 'published') await publish('once');
    await expect(destination.assertAbsent({ ...v1, version: 'once' })).rejects.toMatchObject(exists);
    await expect(open('once')).rejects.toMatchObject(exists);
    expect((await store.list(at('once'))).map(({ name }) => name)).toEqual(['_manifest.json', 'a.bin']);
  });

  it('refuses to publish an object that has not the bytes that were written', async () => {
    const draft = await open('short');
    await write(draft, 'a.bin', [Buffer.from('abc')]);
    await expect(draft.publish(request([{ path: 'a.bin', bytes: 4 }]))).rejects.toMatchObject({
      code: 'destination.io',
    });
    await draft.abort();
    expect(await store.kindOf(at('short'))).toBeUndefined();
  });

  it('stops with the reason of its signal', async () => {
    const draft = await open('stopped');
    const reason = new Error('interrupted');
    await expect(draft.publish(request([], { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await draft.abort();
    expect(await store.kindOf(at('stopped'))).toBeUndefined();
  });

  it('gives a path to one object at a time, and none outside of the version', async () => {
    const draft = await open('paths');
    const objects = openObjects(draft.ticket);
    await write(draft, 'a.bin', [Buffer.from('old')]);
    // At once, or when it is closed: then the store has to be asked.
    const twice = async (): Promise<void> => {
      const object = objects.create('a.bin');
      object.write(Buffer.from('twice'));
      await object.close().finally(() => object.discard());
    };
    await expect(twice()).rejects.toMatchObject({ code: 'destination.io' });
    await objects.remove('a.bin');
    await write(draft, 'a.bin', [Buffer.from('new')]);
    for (const path of ['../x', '/etc/x', 'a/../../x', '', '.', 'a\\b']) {
      expect(() => objects.create(path), path).toThrow(expect.objectContaining({ code: 'internal.bug' }));
    }
    await draft.publish(request([{ path: 'a.bin', bytes: 3 }]));
    expect(Buffer.from((await store.read(at('paths', 'a.bin')))!).toString()).toBe('new');
  });

  it('finds its way in a store, and says what is not there', async () => {
    await publish('found');
    const file = at('found', 'a.bin');
    expect(store.resolve(file)).toBe(file);
    expect(store.split(file)).toEqual({ folder: at('found'), name: 'a.bin' });
    expect(await store.kindOf(file)).toBe('file');
    expect(await store.read(at('found', 'b.bin'))).toBeUndefined();
    expect(await store.open(at('found', 'b.bin'))).toBeUndefined();
    await expect(store.list(at('nowhere'))).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('has nothing to recover where every run has ended', async () => {
    expect(await destination.recover([v1.dataset])).toEqual([]);
  });
});
