import { TidemarkError } from '../core/errors.js';
import type { ShardReader } from '../core/format.js';
import { namingFile, writeAgain } from '../core/naming-file.js';
import type { ForeignFile, LaneReader, OwnStore, Range, RowSink, SourceModule, TablePlan } from '../core/source.js';
import { formatOf } from '../shard/registry.js';
import { openPlanned, storeFetcher } from './fetch.js';
import type { FoundFiles } from './found.js';
import { openFound } from './open.js';
import { joinStore } from './place.js';
import type { FileDetail, FilesTicket } from './ticket.js';

/** The kind of the source. */
export const filesKind = 'files';

/** Files that another engine wrote, as a source: each of them is a range. */
export const filesSource: SourceModule = {
  open: async (request) => openFound(request.connection as FoundFiles, request),
  async openLane(given, signal): Promise<LaneReader> {
    const { store, format } = given as FilesTicket;
    const reader = await formatOf(format).loadReader();
    return new FilesLane(await joinStore(store, signal), reader, signal);
  },
  share: (ticket) => ticket,
  join: (ticket) => Promise.resolve({ ticket, close: () => Promise.resolve() }),
  async openFiles(given, signal) {
    const { store } = given as FilesTicket;
    return storeFetcher(await joinStore(store, signal), signal);
  },
};

class FilesLane implements LaneReader {
  constructor(
    private readonly joined: OwnStore,
    private readonly reader: ShardReader,
    private readonly signal: AbortSignal,
  ) {}

  async read({ columns: wanted }: TablePlan, range: Range, _limits: unknown, sink: RowSink): Promise<undefined> {
    const { columns, first = Infinity } = range.detail as FileDetail;
    const planned = range.file!;
    const file = await openPlanned(this.joined.store, planned);
    try {
      const options = {
        bytes: planned.bytes,
        as: { columns, compression: 'none' as const },
        columns: wanted.map(({ name }) => name),
        signal: this.signal,
      };
      let rows = 0;
      for await (const batch of namingFile(planned.path, writeAgain, this.reader.read(file, options))) {
        const kept = batch.slice(0, Math.min(batch.numRows, first - rows));
        // Bytes are counted with the first rows.
        await sink.batch(kept, rows === 0 ? planned.bytes : 0);
        rows += kept.numRows;
        if (rows >= first) return;
      }
      assertRows(planned, rows);
    } finally {
      await file.close();
    }
  }

  async describeRow(_table: TablePlan, { file }: Range, ordinal: number): Promise<string> {
    return `row ${ordinal + 1} of ${file!.path}`;
  }

  async close(): Promise<void> {
    this.joined.close();
  }
}

/** A file that has other rows than its footer tells. @throws verification.failed */
export function assertRows({ path, rows: told }: ForeignFile, rows: number): void {
  if (rows === told) return;
  throw new TidemarkError('verification.failed', `${path} has ${rows} rows, and its footer tells ${told}`, {
    hint: 'Have its engine write it again.',
  });
}
