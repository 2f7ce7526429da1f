import { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import { assertDescribedAs } from '../../postgres-protocol/as-described.js';
import { assertAsPlanned, orChanged, type PlannedRelations } from '../snapshot/as-planned.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { type RangeEvidence, RangeLoad } from '../../load.js';
import { copyOut } from './copy.js';
import { readByCursor } from './cursor.js';
import type { ErrorContext } from '../../postgres-protocol/errors/context.js';
import { assertIdentity } from '../snapshot/session-identity.js';
import type { CurrentRelation } from '../snapshot/locked-relations.js';
import type { Pages } from '../plan/ranges.js';
import { bytesForLaterRuns } from '../plan/types.js';
import { openSession, type Ticket } from '../snapshot/session.js';
import { copyStatement, placeStatement, type RangeDetail, sentSelect } from '../sql/statement.js';
import { timedPages } from './timed-pages.js';

/** Servers are built with pages of 8 KiB; one built with larger ones has fewer, which costs some empty statements. */
const smallestPage = 8192;

/** What a lane saw while it read a range. */
export interface ReadEvidence extends RangeEvidence {
  /** Relations that functions read by themselves: in the snapshot, but not locked before it was taken. */
  readonly notLocked: readonly CurrentRelation[];
}

/** Opens a lane: a connection of its own inside the run's snapshot. @throws source.* */
export async function openLane(ticket: unknown, signal: AbortSignal): Promise<LaneReader> {
  const known = ticket as Ticket;
  const connection = await openSession(known, signal);
  try {
    await keepRoomForRows(connection);
    return new PostgresLane(known, connection, signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * The server gives each row's memory back to its C library, for every column a kilobyte. By glibc's defaults that may in turn give it back to
 * the system, row by row, as chance wants it: sending 100,000 rows of 500 columns then took 5.6 s of CPU and not 1.9. A block of memory that was
 * larger than usual, taken and given back once, moves those limits (mallopt(3), M_TRIM_THRESHOLD).
 */
async function keepRoomForRows(connection: PgConnection): Promise<void> {
  await connection.query(
    "SELECT pg_catalog.octet_length(pg_catalog.repeat(pg_catalog.repeat('x', 4096), 1024)) AS room",
  );
}

class PostgresLane implements LaneReader {
  /** What this session may have read so far: the plan, and what functions of its statements have read. */
  private known: PlannedRelations | undefined;

  constructor(
    private readonly ticket: Ticket,
    private readonly connection: PgConnection,
    private readonly signal: AbortSignal,
  ) {
    this.known = ticket.planned;
  }

  async read(table: TablePlan, range: Range, limits: RowGroupLimits, sink: FrameSink): Promise<ReadEvidence> {
    const detail = range.detail as RangeDetail;
    // One count over all statements of the range: row groups run on over the cuts between them.
    const bounds = new RowGroupBounds(limits, bytesForLaterRuns(table.columns));
    const load = new RangeLoad();
    const counted = load.counted(sink);
    try {
      for (const pages of this.statementsOf(table, detail)) {
        await load.timed(() => this.send(table, { detail, pages }, bounds, counted));
      }
    } catch (error) {
      throw orChanged(error);
    }
    return { notLocked: await this.readBesides(detail.pages === undefined), ...load.evidence() };
  }

  /** What the range's statement has read that the plan does not name. @throws source.changed where that may not be */
  private async readBesides(alone: boolean): Promise<readonly CurrentRelation[]> {
    if (!this.known) return [];
    await assertIdentity(this.connection, this.ticket.identity);
    const others = await assertAsPlanned(this.known, this.connection, alone);
    this.known = { ...this.known, relations: [...this.known.relations, ...others] };
    return others;
  }

  async describeRow(_table: TablePlan, range: Range, ordinal: number): Promise<string> {
    const detail = range.detail as RangeDetail;
    const statement = placeStatement(this.ticket.statements[detail.table]!, detail, ordinal);
    const found = statement === undefined ? [] : await this.connection.query<{ leaf: string; ctid: string }>(statement);
    return `row ${ordinal + 1}${found.map(({ leaf, ctid }) => ` (ctid '${ctid}' of ${leaf})`).join('')}`;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** The pages of each statement that the range takes; undefined: all of it in one. */
  private statementsOf({ sourceBytes }: TablePlan, { table, pages }: RangeDetail): Iterable<Pages | undefined> {
    const { maxStatement, statements } = this.ticket;
    if (maxStatement === undefined || pages === undefined || sourceBytes === undefined) return [undefined];
    if (!statements[table]!.divisible) return [undefined];
    return timedPages(pages, Math.ceil(sourceBytes / smallestPage), maxStatement);
  }

  /** Sends one statement, by either road, after a look at what it gives. */
  private async send(
    table: TablePlan,
    { detail, pages }: { readonly detail: RangeDetail; readonly pages: Pages | undefined },
    bounds: RowGroupBounds,
    sink: FrameSink,
  ): Promise<void> {
    const { via, statements } = this.ticket;
    const statement = statements[detail.table]!;
    const { text, values, sent } = sentSelect(statement, detail, via, pages);
    const context = this.contextOf(table);
    await assertDescribedAs(sent, this.connection, text, context);
    if (via === 'copy') return copyOut(this.connection, { statement: copyStatement(text), bounds, sink, context });
    const { client, lost } = this.connection;
    const unhurried = withoutHaste(sink, this.connection);
    return this.connection.run(
      () =>
        Promise.race([
          readByCursor(client, {
            sql: text,
            values,
            columns: table.columns,
            bounds,
            sink: unhurried,
            signal: this.signal,
          }),
          lost,
        ]),
      context,
    );
  }

  private contextOf({ query }: TablePlan): ErrorContext {
    const { statementTimeout, secrets, hideValues } = this.ticket;
    return { doing: 'reading rows', statementTimeout, hideValues, ...(query !== undefined && { query, secrets }) };
  }
}

/** The sink, whose own waits are not silence of the server: a cursor is not asked for more meanwhile. */
function withoutHaste(sink: FrameSink, connection: PgConnection): FrameSink {
  const wait = (until: void | Promise<void>): void | Promise<void> => until && connection.awaitOther(until);
  return { rows: (...frames) => wait(sink.rows(...frames)), cut: () => wait(sink.cut()) };
}
