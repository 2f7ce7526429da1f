import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from 'vitest';
import {
  decodeRows,
  decodeSession,
  encodeRowsRequest,
  encodeSessionRequest,
} from '../../../src/source/bigquery/wire/messages.js';

/** The vendor's own definitions. */
const require = createRequire(import.meta.url);
const protos = join(dirname(require.resolve('@google-cloud/bigquery-storage/package.json')), 'build', 'protos');
const common = join(dirname(require.resolve('google-gax')), '..', 'protos');
const definition = loadSync(join(protos, 'google/cloud/bigquery/storage/v1/storage.proto'), {
  includeDirs: [protos, common],
  longs: String,
  enums: String,
  defaults: false,
});
interface Method {
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: unknown): Buffer;
}
const { CreateReadSession, ReadRows } = definition['google.cloud.bigquery.storage.v1.BigQueryRead'] as unknown as {
  readonly [name in 'CreateReadSession' | 'ReadRows']: Method;
};

describe('messages of the Storage Read API are those of its own definitions', () => {
  it('a request for a session', () => {
    const bytes = encodeSessionRequest({
      billingProject: 'pays',
      table: { project: 'p', dataset: 'd', table: 't' },
      moment: 1_719_784_799_123_456n,
      columns: ['a', 'b'],
      where: 'a > 5',
      codec: 'zstd',
      mostStreams: 300,
    });
    expect(CreateReadSession.requestDeserialize(Buffer.from(bytes))).toEqual({
      parent: 'projects/pays',
      maxStreamCount: 300,
      readSession: {
        dataFormat: 'ARROW',
        table: 'projects/p/datasets/d/tables/t',
        tableModifiers: { snapshotTime: { seconds: '1719784799', nanos: 123_456_000 } },
        readOptions: {
          selectedFields: ['a', 'b'],
          rowRestriction: 'a > 5',
          arrowSerializationOptions: {
            bufferCompression: 'ZSTD',
            picosTimestampPrecision: 'TIMESTAMP_PRECISION_PICOS',
          },
        },
      },
    });
  });

  it('a session', () => {
    const schema = Buffer.from([1, 2, 3]);
    const bytes = CreateReadSession.responseSerialize({
      name: 's',
      arrowSchema: { serializedSchema: schema },
      streams: [{ name: 'one' }, { name: 'two' }],
      estimatedTotalBytesScanned: '5000000000',
      estimatedRowCount: '7',
    });
    const { schema: found, ...others } = decodeSession(bytes);
    expect(Buffer.compare(found, schema)).toBe(0);
    expect(others).toEqual({ name: 's', streams: ['one', 'two'], bytesScanned: 5_000_000_000 });
  });

  it('rows', () => {
    expect(ReadRows.requestDeserialize(Buffer.from(encodeRowsRequest('one', 5_000_000_000)))).toEqual({
      readStream: 'one',
      offset: '5000000000',
    });
    const bytes = ReadRows.responseSerialize({
      rowCount: '9',
      arrowRecordBatch: { serializedRecordBatch: Buffer.from('batch'), rowCount: '9' },
      stats: { progress: { atResponseStart: 0.1, atResponseEnd: 0.2 } },
      throttleState: { throttlePercent: 3 },
    });
    const { batch, rows } = decodeRows(bytes);
    expect([Buffer.from(batch!).toString(), rows]).toEqual(['batch', 9]);
    for (let end = 1; end < bytes.length; end += 1) {
      // Whatever is cut off, it is no message, or one of fewer fields.
      try {
        decodeRows(bytes.subarray(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});
