import { BatchBytesReader } from '../core/arrow/batch-bytes.js';
import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import type { Range, SourceModule } from '../core/source.js';
import { arrowSchema } from '../core/types.js';
import { readSpool, type Spool, type SpooledTarget } from './spool.js';

/** The kind of the source that spools are, for lanes. */
export const spoolKind = 'spool';

/** The rows of one target in one spool: a piece of a range of that target. */
export type SpooledPiece = Pick<Spool, 'name' | 'index'> & Pick<SpooledTarget, 'first' | 'runs'>;

export const spooledRange = (label: string, pieces: readonly SpooledPiece[], bytes: number): Range => ({
  label,
  detail: pieces,
  bytes,
});

/**
 * Spools as a source: what ranges of the database left in scratch files, read target by target. So targets become files by
 * the same way as tables do.
 */
export function spoolSource(scratch: Scratch): SourceModule {
  return {
    open: () => Promise.reject(new TidemarkError('internal.bug', 'spools are written by lanes, and not opened')),
    openLane: async (_ticket, signal) => ({
      async read(table, range, _limits, sink) {
        const reader = new BatchBytesReader(arrowSchema(table.columns));
        for (const piece of range.detail as readonly SpooledPiece[]) {
          for (const { rows, bytes } of readSpool(scratch, piece, piece)) {
            signal.throwIfAborted();
            const room = sink.batch(reader.read(new Uint8Array(bytes), rows), bytes.length);
            if (room) await room;
          }
        }
      },
      describeRow: async (_table, _range, ordinal) => `row ${ordinal + 1}`,
      close: async () => undefined,
    }),
  };
}
