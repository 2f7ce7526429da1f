import { parentPort, workerData } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit-error.js';
import { recordedKind } from '../recording/source.js';
import { loadSource } from '../source/registry.js';
import { loadFormat } from './load-format.js';
import type { EncodeJob, EncodeResult, EncoderStart, SentPortion } from './messages.js';
import type { Portion } from './stage.js';
import { type TableTools, Toolbox } from './table-tools.js';
import { WorkClock } from './work-clock.js';

/*
 * An encoder's thread: frames of one row group in, encoded portions out. Any encoder may take any row group; the result
 * is the same, since it depends on the frames alone.
 */

const work = workerData as EncoderStart;
const clock = new WorkClock();
/** What was recorded is decoded as it would have been. */
const source = await loadSource(recordedKind(work.sourceKind) ?? work.sourceKind);
const toolbox = new Toolbox(work, source, await loadFormat(work.format), { clock });

parentPort!.on('message', (job: EncodeJob) => {
  void answer(job).then((result) => {
    const buffers = result.type === 'encoded' ? result.portions.map(({ bytes }) => bytes) : [];
    parentPort!.postMessage(result, buffers);
  });
});

async function answer(job: EncodeJob): Promise<EncodeResult> {
  try {
    return encode(job, await toolbox.toolsOf(job.table));
  } catch (error) {
    toolbox.discard(job.table);
    const message = TidemarkError.from(error).toMessage();
    if (!(error instanceof MisfitError)) return { type: 'failed', error: message };
    return { type: 'misfit', error: message, column: error.column, row: error.row };
  }
}

function encode(job: EncodeJob, { decoder, stage }: TableTools): EncodeResult {
  if (decoder === undefined) throw new TidemarkError('internal.bug', `the source "${work.sourceKind}" has no frames`);
  const batch = clock.during('decode', () => {
    decoder.add(new Uint8Array(job.frames), 0, job.length);
    return decoder.finish();
  });
  const spares = job.spare ? [job.spare] : [];
  const portions: SentPortion[] = [];
  clock.during('encode', () => {
    for (const portion of stage.portions(batch, decoder.misfits())) portions.push(sent(portion, spares));
  });
  // Whether it had something to do is the lane's account.
  return { type: 'encoded', portions, work: { ...clock.taken(), wait: 0, read: 0 } };
}

function sent({ target, facts, rowGroup }: Portion, spares: ArrayBuffer[]): SentPortion {
  const { rows, bytes, meta } = rowGroup;
  // What comes beside a row group is small, and its buffer is not used again.
  const spare = rows > 0 ? spares.pop() : undefined;
  const out = spare && spare.byteLength >= bytes.length ? spare : new ArrayBuffer(roomFor(bytes.length));
  new Uint8Array(out).set(bytes);
  return { target, facts, rows, bytes: out, length: bytes.length, meta };
}

/** A little more than needed, so that the next row group, of about the same size, fits too. */
function roomFor(bytes: number): number {
  return Math.ceil((bytes * 1.125) / 65_536) * 65_536;
}
