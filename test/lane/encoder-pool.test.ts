import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// Threads run the build, so what starts them is of the build too.
import { EncoderPool } from '../../dist/lane/encoder-pool.js';
import type { EncodeJob, ThreadPlan } from '../../dist/lane/messages.js';
import { PooledPipeline } from '../../dist/lane/pooled-pipeline.js';
import { WorkClock } from '../../dist/lane/work-clock.js';

const columns = [
  {
    name: 'id',
    sourceType: 'integer',
    type: { kind: 'int', bits: 32 },
    wire: 'int4',
    exactness: 'exact',
    redacted: false,
  },
] as const;

const work: ThreadPlan = {
  sourceKind: 'postgres',
  tables: [
    { name: 't', table: 't', query: undefined, columns, ranges: [], estimatedRows: undefined, sourceBytes: undefined },
  ],
  misfits: { misfit: 'fail', infinity: 'misfit' },
  digest: true,
  format: { format: 'parquet', compression: 'snappy', createdBy: 'test' },
  limits: { rows: 1000, bytes: 65_536 },
  shardSize: 2 ** 20,
  shardNames: ['{index}'],
};

/** A row as the server sends it: a message with one column of four bytes. */
function frame(id: number): Buffer {
  const bytes = Buffer.alloc(15);
  bytes.write('d');
  bytes.writeInt32BE(14, 1);
  bytes.writeInt16BE(1, 5);
  bytes.writeInt32BE(4, 7);
  bytes.writeInt32BE(id, 11);
  return bytes;
}

function job(ids: readonly number[]): EncodeJob {
  const bytes = Buffer.concat(ids.map(frame));
  const frames = new SharedArrayBuffer(bytes.length);
  new Uint8Array(frames).set(bytes);
  return { table: 0, frames, length: bytes.length, spare: undefined };
}

describe('encoder threads', () => {
  const threads: Worker[] = [];
  const note = (thread: Worker): void => void threads.push(thread);
  let pool: EncoderPool;
  const open = async (size: number): Promise<EncoderPool> => {
    pool = new EncoderPool(work, size);
    // Node tells of new threads a moment later.
    await nextTurn();
    expect(threads).toHaveLength(size);
    return pool;
  };
  beforeEach(() => void process.on('worker', note));
  afterEach(async () => {
    process.off('worker', note);
    threads.length = 0;
    await pool.close();
  });

  it('encode', async () => {
    expect(await (await open(1)).encode(job([1, 2, 3]))).toMatchObject({ type: 'encoded', portions: [{ rows: 3 }] });
  });

  it('that end answer for the job at hand, and for those that wait when none is left', async () => {
    const one = await open(1);
    const jobs = [1, 2, 3].map((id) => one.encode(job([id])));
    await threads[0]!.terminate();
    const answers = await Promise.all([...jobs, one.encode(job([4]))]);
    expect(answers.map(({ type }) => type)).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it('of which one ends leave the other jobs to the others', async () => {
    const two = await open(2);
    const jobs = [two.encode(job([1])), two.encode(job([2])), two.encode(job([3]))];
    await threads[0]!.terminate();
    const answers = await Promise.all(jobs);
    expect(answers.map(({ type }) => type)).toEqual(['failed', 'encoded', 'encoded']);
    expect(answers[0]).toMatchObject({ error: { code: 'internal.bug', message: expect.stringContaining('ended') } });
  });

  it('that end while they are free get no more jobs', async () => {
    const two = await open(2);
    await Promise.all(threads.map((thread) => once(thread, 'online')));
    await threads[0]!.terminate();
    const answers = await Promise.all([two.encode(job([1])), two.encode(job([2]))]);
    expect(answers.map(({ type }) => type)).toEqual(['encoded', 'encoded']);
  });

  it('that end in the middle of a range fail it, however much waits for them', async () => {
    const one = await open(1);
    const pipeline = new PooledPipeline(0, one, { sink: () => undefined, work: new WorkClock() });
    const row = frame(1);
    const feed = async (): Promise<void> => {
      for (let count = 0; count < 20; count += 1) {
        await pipeline.rows(row, 0, row.length, 1);
        pipeline.cut();
        if (count === 1) void threads[0]!.terminate();
      }
      await pipeline.finish();
    };
    await expect(feed()).rejects.toMatchObject({
      code: 'internal.bug',
      message: expect.stringMatching(/thread .*ended/),
    });
  });
});
