import { parentPort, workerData } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit.js';
import type { RowGroupEncoder } from '../core/shard.js';
import type { RowGroupDecoder } from '../core/source.js';
import { shardFormat } from './formats.js';
import type { EncodeJob, EncodeResult, Work } from './messages.js';
import { misfitsSince } from './pipeline.js';
import { loadSource } from './sources.js';

/*
 * An encoder's thread: frames of one row group in, its encoded bytes out. Any encoder may take any row group; the result
 * is the same, since it depends on the frames alone.
 */

interface Tools {
  readonly decoder: RowGroupDecoder;
  readonly encoder: RowGroupEncoder;
}

const work = workerData as Work;
const source = await loadSource(work.sourceKind);
const format = shardFormat(work.format);
const byTable = new Map<number, Tools>();

parentPort!.on('message', (job: EncodeJob) => {
  void answer(job).then((result) => parentPort!.postMessage(result, result.type === 'encoded' ? [result.bytes] : []));
});

async function answer(job: EncodeJob): Promise<EncodeResult> {
  try {
    return encode(job, await toolsOf(job.table));
  } catch (error) {
    byTable.delete(job.table);
    const message = TidemarkError.from(error).toMessage();
    if (!(error instanceof MisfitError)) return { type: 'failed', error: message };
    return { type: 'misfit', error: message, column: error.column, row: error.row };
  }
}

function encode(job: EncodeJob, { decoder, encoder }: Tools): EncodeResult {
  const before = decoder.misfits();
  decoder.add(new Uint8Array(job.frames), 0, job.length);
  const { rows, bytes, meta } = encoder.encode(decoder.finish());
  const out = job.spare && job.spare.byteLength >= bytes.length ? job.spare : new ArrayBuffer(roomFor(bytes.length));
  new Uint8Array(out).set(bytes);
  const misfits = misfitsSince(before, decoder.misfits());
  return { type: 'encoded', rows, bytes: out, length: bytes.length, meta, misfits };
}

/** A little more than needed, so that the next row group, of about the same size, fits too. */
function roomFor(bytes: number): number {
  return Math.ceil((bytes * 1.125) / 65_536) * 65_536;
}

async function toolsOf(table: number): Promise<Tools> {
  const known = byTable.get(table);
  if (known) return known;
  const { columns } = work.tables[table];
  const tools = {
    decoder: source.createDecoder(columns, work.misfits),
    encoder: await format.encoder(columns),
  };
  byTable.set(table, tools);
  return tools;
}
