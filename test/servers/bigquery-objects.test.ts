import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBigQuery, type BigQueryStandIn } from './bigquery/bigquery.js';
import { signedIn, type Asked } from './bigquery/signed-in.js';

let standIn: BigQueryStandIn;
let ask: Asked;

const robot = 'robot@data-project.iam.gserviceaccount.com';
const list = '/storage/v1/b/kept/o';
const upload = (name: string): string => `/upload${list}?uploadType=media&name=${encodeURIComponent(name)}`;

interface Page {
  readonly items?: readonly { readonly name: string; readonly size: string; readonly generation: string }[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

const page = async (query = ''): Promise<Page> => (await (await ask(`${list}${query}`)).json()) as Page;
const names = (found: Page): (string | undefined)[] => (found.items ?? []).map((one) => one.name);
const failure = async (response: Promise<Response>): Promise<unknown> => {
  const answer = await response;
  const { error } = (await answer.json()) as { error: { code: number; message: string; errors: { reason: string }[] } };
  expect(error.code).toBe(answer.status);
  return [answer.status, error.errors[0]!.reason, error.message];
};

beforeAll(async () => {
  standIn = await startBigQuery();
  ask = await signedIn(standIn);
});

afterAll(() => standIn?.stop());

beforeEach(async () => {
  await standIn.empty();
  await standIn.createBucket('kept');
});

describe('BigQuery stand-in: Cloud Storage', () => {
  it('lists names by prefix and by folder, in pages, with the fields that were asked for', async () => {
    for (const name of ['a/b/1', 'a/b/2', 'a/c', 'a/d/1', 'b']) await standIn.putObject('kept', name, 'four');
    expect(await page()).toMatchObject({
      kind: 'storage#objects',
      items: [{ name: 'a/b/1', size: '4', bucket: 'kept' }, {}, {}, {}, {}],
    });
    expect(await page('?prefix=a/&delimiter=/&fields=items(name,size),prefixes')).toEqual({
      items: [{ name: 'a/c', size: '4' }],
      prefixes: ['a/b/', 'a/d/'],
    });
    expect(await page('?prefix=none')).toEqual({ kind: 'storage#objects' });
    const first = await page('?prefix=a/&delimiter=/&maxResults=2');
    expect([names(first), first.prefixes]).toEqual([['a/c'], ['a/b/']]);
    const second = await page(`?prefix=a/&delimiter=/&pageToken=${encodeURIComponent(first.nextPageToken!)}`);
    expect(second).toMatchObject({ prefixes: ['a/d/'] });
    expect(second.nextPageToken).toBeUndefined();
    await standIn.settings({ storagePageSize: 3 });
    expect(names(await page())).toHaveLength(3);
    await standIn.settings({ storagePageSize: 1000 });
    expect(await standIn.objects()).toContainEqual({ bucket: 'kept', name: 'b', size: 4 });
  });

  it('keeps bytes, reads them whole or in part and by their generation, and deletes them', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const made = await ask(`${upload('a/ü b')}&ifGenerationMatch=0`, { method: 'POST', body: bytes });
    const { generation } = (await made.json()) as { generation: string };
    const object = `${list}/${encodeURIComponent('a/ü b')}`;
    expect(await (await ask(object)).json()).toMatchObject({ name: 'a/ü b', size: '256', generation });
    const whole = await ask(`${object}?alt=media&generation=${generation}`);
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, '256']);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
    const part = await ask(`${object}?alt=media`, { headers: { range: 'bytes=250-999' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 250-255/256']);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(250));
    const beyond = ask(`${object}?alt=media`, { headers: { range: 'bytes=256-' } });
    expect((await beyond).status).toBe(416);
    const again = ask(`${upload('a/ü b')}&ifGenerationMatch=0`, { method: 'POST', body: '' });
    expect(await failure(again)).toEqual([412, 'conditionNotMet', expect.stringContaining('pre-conditions')]);
    expect((await ask(upload('a/ü b'), { method: 'POST', body: 'other' })).status).toBe(200);
    const missing = [404, 'notFound', 'No such object: kept/a/ü b'];
    expect(await failure(ask(`${object}?generation=${generation}`))).toEqual(missing);
    expect((await ask(object, { method: 'DELETE' })).status).toBe(204);
    expect(await failure(ask(object, { method: 'DELETE' }))).toEqual(missing);
    expect(await failure(ask('/storage/v1/b/other/o'))).toEqual([
      404,
      'notFound',
      'The specified bucket does not exist.',
    ]);
  });

  it.each([
    ['list', 'bucket', list, {}],
    ['get', 'object', `${list}/a?alt=media`, {}],
    ['create', 'object', upload('b'), { method: 'POST' }],
    ['delete', 'object', `${list}/a`, { method: 'DELETE' }],
    ['delete', 'object', upload('a'), { method: 'POST' }],
  ] as const)('needs storage.objects.%s of a %s (%s)', async (verb, what, path, options) => {
    await standIn.putObject('kept', 'a', '1');
    const permission = `storage.objects.${verb}`;
    await standIn.deny({ permission, resource: 'projects/_/buckets/kept' });
    const message = `${robot} does not have ${permission} access to the Google Cloud Storage ${what}. Permission '${permission}' denied on resource (or it may not exist).`;
    // Of an object's own bytes, a refusal is a text.
    const isText = path.endsWith('alt=media');
    const refused = await ask(path, options);
    if (isText) expect([refused.status, await refused.text()]).toEqual([403, message]);
    else expect(await failure(Promise.resolve(refused))).toEqual([403, 'forbidden', message]);
    await standIn.deny({ permission, resource: 'projects/_/buckets/other' });
    expect((await ask(path, options)).ok).toBe(true);
  });

  it('takes tokens, plays faults, and tells what was asked', async () => {
    await standIn.putObject('kept', 'a', '12345');
    const path = `${list}/a?alt=media`;
    expect((await fetch(`${standIn.rest}${path}`)).status).toBe(401);
    await standIn.faults(
      { path: 'alt=media', status: 503 },
      { path: 'alt=media', cut: 'after' },
      { path: 'alt=media', damage: true },
    );
    expect((await ask(path)).status).toBe(503);
    await expect(ask(path)).rejects.toThrow();
    const text = await (await ask(path)).text();
    expect([...text].filter((one, i) => one !== '12345'[i])).toHaveLength(1);
    expect(await (await ask(path)).text()).toBe('12345');
    expect((await standIn.seen()).requests.at(-1)).toMatchObject({ method: 'GET', path, identity: robot });
  });
});
