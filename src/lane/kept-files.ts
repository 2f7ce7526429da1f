import type { RecordBatch } from 'apache-arrow';
import { createHash } from 'node:crypto';
import { TidemarkError } from '../core/errors.js';
import type { ReadableFile, ShardReader } from '../core/format.js';
import type { Scratch, ScratchReader } from '../core/scratch.js';
import type { FileFetcher, ForeignFile, LaneReader, Range, RowSink, SourceModule, TablePlan } from '../core/source.js';
import { storedColumns } from '../core/types.js';
import { namingFile, writeAgain } from '../core/naming-file.js';
import { assertRows } from '../files/source.js';
import { formatOf } from '../shard/registry.js';
import type { ThreadPlan } from './messages.js';
import type { LanePorts } from './ports.js';

/** A file that was brought here, and lies in a scratch file of that name. Plain data. */
export interface FetchedFile {
  readonly scratch: string;
  readonly sha256: string;
}

/** What files of a source are kept with. */
interface KeepingTools {
  readonly scratch: Scratch;
  readonly routerOf: LanePorts['routerOf'] | undefined;
}

/**
 * Files of a source as they are: each is brought into a scratch file, once, hashed on its way, and its rows are read from there. So what
 * is counted of rows, and what becomes a file of the version, is the same whatever happens where it came from.
 */
export function keptFilesOf(source: SourceModule, work: ThreadPlan, tools: KeepingTools): SourceModule {
  return {
    open: (request, signal) => source.open(request, signal),
    async openLane(ticket, signal) {
      const reader = await formatOf(work.format.format).loadReader();
      const checks = new PlaceChecks(work, tools);
      return new KeptFilesLane(await source.openFiles!(ticket, signal), {
        ...{ reader, checks, signal },
        scratch: tools.scratch,
      });
    },
  };
}

class KeptFilesLane implements LaneReader {
  constructor(
    private readonly fetcher: FileFetcher,
    private readonly by: {
      readonly reader: ShardReader;
      readonly checks: PlaceChecks;
      readonly scratch: Scratch;
      readonly signal: AbortSignal;
    },
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

  private async hand(table: TablePlan, range: Range, fetched: FetchedFile, sink: RowSink): Promise<void> {
    const { reader, checks, scratch, signal } = this.by;
    const file = range.file!;
    const { bytes, dictionaries } = file;
    const as = { columns: storedColumns(table.columns), compression: 'none' as const };
    const check = checks.of(table);
    const local = scratch.open(fetched.scratch);
    try {
      let rows = 0;
      const batches = reader.read(readable(local), { bytes, as, dictionaries, signal });
      for await (const batch of namingFile(file.path, writeAgain, batches)) {
        check?.(batch, file);
        await sink.batch(batch, rows === 0 ? bytes : 0);
        rows += batch.numRows;
      }
      assertRows(file, rows);
    } finally {
      local.close();
    }
  }
}

/** @throws verification.failed where a row is of another place than the file's own */
type PlaceCheck = (batch: RecordBatch, file: ForeignFile) => void;

/** Whether rows are of the partition whose folder their file lies in. */
class PlaceChecks {
  private readonly made = new Map<TablePlan, PlaceCheck>();

  constructor(
    private readonly work: Pick<ThreadPlan, 'tables' | 'heldTo'>,
    private readonly by: Pick<KeepingTools, 'routerOf'>,
  ) {}

  /** Undefined: all rows of the table are of one place. */
  of(table: TablePlan): PlaceCheck | undefined {
    const route = this.work.heldTo?.[this.work.tables.indexOf(table)];
    if (route === undefined) return undefined;
    const check = this.made.get(table) ?? placeCheck(this.by.routerOf!(route, table.columns));
    this.made.set(table, check);
    return check;
  }
}

function placeCheck(router: ReturnType<NonNullable<LanePorts['routerOf']>>): PlaceCheck {
  return (batch, { path, becomes }) => {
    const { keys, of } = router.route(batch, batch);
    const own = keys.indexOf(becomes!.target);
    const other = of.find((key) => key !== own);
    if (other === undefined) return;
    throw new TidemarkError(
      'verification.failed',
      `${path} lies in the folder of ${becomes!.target}, and has rows of ${keys[other]}`,
      {
        hint: 'Have its engine write it again; or have files written anew, each row by its own values: --compression zstd.',
      },
    );
  };
}

function readable(local: ScratchReader): ReadableFile {
  return {
    async read(buffer, offset, length, position) {
      buffer.set(local.at(position, length), offset);
      return { bytesRead: length };
    },
  };
}
