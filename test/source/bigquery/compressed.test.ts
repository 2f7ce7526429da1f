import { compressionRegistry, CompressionType, Type } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../../src/core/types.js';
import { StorageChannel } from '../../../src/source/bigquery/connection/storage-channel.js';
import { Batches } from '../../../src/source/bigquery/read/stream/batches.js';
import { readsZstd } from '../../../src/source/bigquery/read/stream/compression.js';
import { decodeRows } from '../../../src/source/bigquery/wire/messages.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../../support/cli.js';

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 20_000 });
  Object.assign(process.env, service.env);
  await service.createTable({
    ...{ dataset: 'shop', table: 'orders' },
    schema: [
      { name: 'id', type: 'INTEGER' },
      { name: 'customer', type: 'STRING' },
    ],
    generate: `SELECT i AS id, 'customer ' || (i % 977) AS customer FROM range(50000) t(i)`,
  });
  await readsZstd();
});
afterAll(() => service.stop());

const asIs = { sourceType: '', wire: 'asIs', exactness: 'exact', redacted: false } as const;
const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 }, ...asIs },
  { name: 'customer', type: { kind: 'text' }, ...asIs },
];

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

it('is what lanes ask for', async () => {
  const what = ['--source', service.url('shop'), '--table', 'orders', '--dataset', 'dataset://d/v1'];
  const { code, stderr } = await tidemark(['snapshot', ...what, '--out', emptyFolder('out')], {
    env: { ...service.env, GCP_IAM: '1' },
  });
  expect(code, stderr).toBe(0);
  expect((await service.seen()).sessions.at(-1)!.compression).toBe('ZSTD');
});

describe('a damaged batch', () => {
  let schema: Uint8Array;
  let batch: Buffer;

  beforeAll(async () => {
    const host = service.env['GCE_METADATA_HOST']!.replace(/^http:\/\//, '');
    const path = 'computeMetadata/v1/instance/service-accounts/default/token';
    const answer = await fetch(`http://${host}/${path}`, { headers: { 'metadata-flavor': 'Google' } });
    const authorization = `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
    const channel = await StorageChannel.open(`localhost:${service.storagePort}`);
    const table = { project: 'data-project', dataset: 'shop', table: 'orders' };
    const asked = { billingProject: 'data-project', table, moment: undefined, columns: [], where: undefined };
    const session = await channel.createSession({ ...asked, codec: 'zstd', mostStreams: 1 }, authorization);
    schema = session.schema;
    for await (const message of channel.rows(session.streams[0]!, 0, authorization) as AsyncIterable<Uint8Array>) {
      batch = Buffer.from(decodeRows(message).batch!);
      break;
    }
    channel.close();
  });

  const decoded = (bytes: Uint8Array) =>
    new Batches(schema, columns, undefined).decode(bytes, 0, { limit: Infinity, nullsMisfits: false }).batch;

  it('is none before', () => {
    const whole = decoded(batch);
    expect([whole.schema.fields[0]!.type.typeId, whole.numRows]).toEqual([Type.Int, 8192]);
    expect([whole.getChildAt(0)!.get(8191), whole.getChildAt(1)!.get(1000)]).toEqual([8191n, 'customer 23']);
  });

  const damage: Record<string, (bytes: Buffer, frame: number) => Uint8Array> = {
    'without a frame': (bytes, frame) => bytes.fill(0, frame, frame + 4),
    'whose frame has a damaged head': (bytes, frame) => bytes.fill(0xff, frame + 4, frame + 12),
    'with another length than its content': (bytes, frame) => bytes.fill(bytes[frame - 8]! ^ 1, frame - 8, frame - 7),
    'that is cut': (bytes, frame) => bytes.subarray(0, frame + 100),
  };
  it.each(Object.entries(damage))('%s is refused', (_, hurt) => {
    const copy = Buffer.from(batch);
    const frame = copy.indexOf(magic);
    expect(frame).toBeGreaterThan(0);
    expect(() => decoded(hurt(copy, frame))).toThrow(
      expect.objectContaining({
        code: 'source.protocol',
        message: expect.stringMatching(/cannot be decoded/) as string,
      }),
    );
  });
});

describe('a frame that does not say how long it is', () => {
  const text = Buffer.from('all that there is');
  /** Blocks that are not compressed, in a window of 1 KiB. */
  const frameOf = (...blocks: readonly (readonly [isLast: boolean, content: Buffer])[]): Buffer =>
    Buffer.concat([
      magic,
      Buffer.from([0, 0]),
      ...blocks.flatMap(([isLast, content]) => {
        const head = Buffer.alloc(3);
        head.writeUIntLE((content.length << 3) | Number(isLast), 0, 3);
        return [head, content];
      }),
    ]);
  const decode = (frame: Buffer, length: number): string => {
    const buffer = Buffer.alloc(8 + frame.length);
    buffer.writeBigInt64LE(BigInt(length));
    frame.copy(buffer, 8);
    return Buffer.from(compressionRegistry.get(CompressionType.ZSTD)!.decode!(buffer.subarray(8))).toString();
  };

  it('has the content that its batch says', () => {
    const halves = [
      [false, text.subarray(0, 9)],
      [true, text.subarray(9)],
    ] as const;
    expect([decode(frameOf([true, text]), text.length), decode(frameOf(...halves), text.length)]).toEqual([
      'all that there is',
      'all that there is',
    ]);
    expect(decode(frameOf([true, Buffer.alloc(0)]), 0)).toBe('');
  });

  it.each([
    ['shorter', frameOf([true, text]), text.length + 1],
    ['longer', frameOf([true, text]), text.length - 1],
    ['without an end', frameOf([false, text.subarray(0, 9)]), text.length],
  ])('is refused where it is %s', (_, frame, length) => {
    expect(() => decode(frame, length)).toThrow();
  });
});
