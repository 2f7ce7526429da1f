import { describe, expect, it } from 'vitest';
import type { RowGroupDecoder } from '../../src/core/source.js';
import type { EncoderPool } from '../../src/lane/encoder-pool.js';
import type { EncodeJob, EncodeResult } from '../../src/lane/messages.js';
import { InlinePipeline, type Pipeline } from '../../src/lane/pipeline.js';
import { PooledPipeline } from '../../src/lane/pooled-pipeline.js';
import { newBatch } from '../../src/lane/raw-batch.js';
import type { Portion } from '../../src/lane/stage.js';
import { WorkClock } from '../../src/lane/work-clock.js';
import { noWork } from '../../src/core/work.js';

const bytes = new Uint8Array(8);

const sentPortion = (rows: number) => ({
  target: '',
  rows,
  bytes: new ArrayBuffer(1),
  length: 1,
  meta: undefined,
  facts: { rows, columns: [] },
});

/** A pool whose encoders make other row groups than they are given: each a row short by `lost`. */
function poolThatLoses(lost: number): EncoderPool {
  const encode = ({ length }: EncodeJob): Promise<EncodeResult> =>
    Promise.resolve({ type: 'encoded', portions: [sentPortion(length - lost)], work: noWork });
  const wake = (): void => undefined;
  return { batches: [newBatch(64), newBatch(64)], spares: [], encode, wake } as unknown as EncoderPool;
}

function inlineThatLoses(lost: number, sink: () => void): Pipeline {
  let rows = 0;
  const decoder = {
    add: (_: Uint8Array, start: number, end: number) => (rows += end - start),
    finish: () => undefined,
    misfits: () => undefined,
  } as unknown as RowGroupDecoder;
  const portions = (): IterableIterator<Portion> => {
    const encoded = rows - lost;
    rows = 0;
    return [
      { target: '', rowGroup: { rows: encoded, bytes, meta: undefined }, facts: { rows: encoded, columns: [] } },
    ].values();
  };
  return new InlinePipeline(decoder, { portions }, { sink, work: new WorkClock() });
}

describe.each([
  ['in the same thread', inlineThatLoses],
  [
    'in other threads',
    (lost: number, sink: () => void): Pipeline =>
      new PooledPipeline(0, poolThatLoses(lost), { sink, work: new WorkClock() }),
  ],
])('row groups that are encoded %s', (_, make) => {
  /** Every byte is a row; two row groups, of three rows and of two. */
  async function run(lost: number): Promise<number> {
    let delivered = 0;
    const pipeline = make(lost, () => void (delivered += 1));
    await pipeline.rows(bytes, 0, 3, 3);
    await pipeline.cut();
    await pipeline.rows(bytes, 0, 2, 2);
    await pipeline.finish();
    return delivered;
  }

  it('are delivered when they come back with the rows that went in', async () => {
    expect(await run(0)).toBe(2);
  });

  it.each([1, -1])('fail the range when %i rows are missing', async (lost) => {
    await expect(run(lost)).rejects.toMatchObject({
      code: 'internal.bug',
      message: `a row group of 3 rows was encoded as one of ${3 - lost}`,
    });
  });
});

it('records beside row groups leave no buffers behind: there are as many as row groups on their way', async () => {
  const pool = poolThatLoses(0);
  const encode = ({ length, spare }: EncodeJob): Promise<EncodeResult> => {
    const rowGroup = { ...sentPortion(length), bytes: spare ?? new ArrayBuffer(1) };
    return Promise.resolve({ type: 'encoded', portions: [sentPortion(0), sentPortion(0), rowGroup], work: noWork });
  };
  const pipeline = new PooledPipeline(0, { ...pool, encode } as unknown as EncoderPool, {
    sink: () => undefined,
    work: new WorkClock(),
  });
  for (let group = 0; group < 20; group++) {
    await pipeline.rows(bytes, 0, 3, 3);
    pipeline.cut();
    // An encoder takes longer than what it gives is delivered.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await pipeline.finish();
  expect(pool.spares.length).toBeLessThanOrEqual(2);
});
