import { createHash } from 'node:crypto';
import type { ReadableFile, ShardReader } from '../core/format.js';
import type { Scratch, ScratchReader } from '../core/scratch.js';
import type { FileFetcher, LaneReader, Range, RowSink, SourceModule, TablePlan } from '../core/source.js';
import { storedColumns } from '../core/types.js';
import { assertRows } from '../files/source.js';
import { formatOf } from '../shard/registry.js';

/** A file that was brought here, and lies in a scratch file of that name. Plain data. */
export interface FetchedFile {
  readonly scratch: string;
  readonly sha256: string;
}

/**
 * Files of a source as they are: each is brought into a scratch file, once, hashed on its way, and its rows are read from there. So what
 * is counted of rows, and what becomes a file of the version, is the same whatever happens where it came from.
 */
export function keptFilesOf(source: SourceModule, scratch: Scratch, format: string): SourceModule {
  return {
    open: (request, signal) => source.open(request, signal),
    async openLane(ticket, signal) {
      const reader = await formatOf(format).loadReader();
      return new KeptFilesLane(await source.openFiles!(ticket, signal), { reader, scratch, signal });
    },
  };
}

class KeptFilesLane implements LaneReader {
  constructor(
    private readonly fetcher: FileFetcher,
    private readonly by: { readonly reader: ShardReader; readonly scratch: Scratch; readonly signal: AbortSignal },
  ) {}

  async read(table: TablePlan, range: Range, _limits: unknown, sink: RowSink): Promise<FetchedFile> {
    const fetched = await this.fetch(range);
    try {
      await this.hand(table, range, fetched, sink);
      return fetched;
    } catch (error) {
      this.by.scratch.remove(fetched.scratch);
      throw error;
    }
  }

  async describeRow(_table: TablePlan, { file }: Range, ordinal: number): Promise<string> {
    return `row ${ordinal + 1} of ${file!.path}`;
  }

  close(): Promise<void> {
    return this.fetcher.close();
  }

  private async fetch({ file }: Range): Promise<FetchedFile> {
    const { scratch } = this.by;
    const hash = createHash('sha256');
    const name = `file-${createHash('sha256').update(file!.location).digest('hex').slice(0, 32)}`;
    const writer = scratch.create(name);
    try {
      await this.fetcher.fetch(file!, (chunk) => {
        hash.update(chunk);
        writer.write(chunk);
      });
      writer.close();
    } catch (error) {
      scratch.remove(name);
      throw error;
    }
    return { scratch: name, sha256: hash.digest('hex') };
  }

  private async hand({ columns }: TablePlan, { file }: Range, fetched: FetchedFile, sink: RowSink): Promise<void> {
    const { reader, scratch, signal } = this.by;
    const { bytes } = file!;
    const as = { columns: storedColumns(columns), compression: 'none' as const };
    const local = scratch.open(fetched.scratch);
    try {
      let rows = 0;
      for await (const batch of reader.read(readable(local), { bytes, as, signal })) {
        await sink.batch(batch, rows === 0 ? bytes : 0);
        rows += batch.numRows;
      }
      assertRows(file!, rows);
    } finally {
      local.close();
    }
  }
}

function readable(local: ScratchReader): ReadableFile {
  return {
    async read(buffer, offset, length, position) {
      buffer.set(local.at(position, length), offset);
      return { bytesRead: length };
    },
  };
}
