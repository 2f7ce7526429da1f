import { tmpdir } from 'node:os';
import type { RunListener } from '../core/progress.js';
import { beginRecording, readRecording } from '../recording/file.js';
import { recordingHeader } from '../recording/record.js';
import { makeScratch, removeScratch } from '../scratch/folder.js';
import type { Plan } from '../snapshot/plan.js';
import { installedPorts, type Ports } from '../snapshot/ports.js';
import { openUnlocked } from '../snapshot/until-unlocked.js';
import { measure } from './measure.js';
import type { Measurement } from './measurement.js';

export interface RecordedRows {
  readonly measurement: Measurement;
  readonly rows: number;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Reads what a plan reads for so long, by one lane, and keeps what comes in a file, which only this user may read. Nothing of it stays
 * after a failure.
 * @param to.patience milliseconds
 * @throws TidemarkError request.invalid where there is such a file, or rows that cannot be recorded; source.*; the signal's reason
 */
export async function recordRows(
  plan: Plan,
  to: { readonly path: string; readonly patience: number },
  {
    signal,
    listener = () => undefined,
    ports = installedPorts,
  }: { readonly signal: AbortSignal; readonly listener?: RunListener; readonly ports?: Ports },
): Promise<RecordedRows> {
  const { machine } = ports;
  const one: Plan = { ...plan, lanes: 1 };
  const source = await openUnlocked(one, { ports, signal, listener });
  try {
    const header = recordingHeader(plan.sourceKind, source, await ports.loadSource(plan.sourceKind));
    beginRecording(machine.fs, to.path, header);
    const scratch = makeScratch(machine, plan.scratch ?? tmpdir());
    try {
      const tools = { ports, scratch, signal, patience: to.patience, recordTo: to.path };
      const measurement = await measure({ plan: one, reach: 'received' }, source, tools);
      const { frames } = readRecording(machine.fs, to.path);
      const rows = frames.flat(2).reduce((sum, one) => sum + one.rows, 0);
      return { measurement, rows, bytes: machine.fs.statSync(to.path).size };
    } catch (error) {
      machine.fs.rmSync(to.path, { force: true });
      throw error;
    } finally {
      removeScratch(machine.fs, scratch);
    }
  } finally {
    await source.close();
  }
}
