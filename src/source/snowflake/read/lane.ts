import { TidemarkError } from '../../../core/errors.js';
import { giveBack } from '../../../core/give-back.js';
import { MisfitError } from '../../../core/misfit-error.js';
import type { BatchSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import { DeskClient } from '../../desk.js';
import { snowflakeFailure } from '../connection/errors.js';
import { decodeRows, type RowsWanted } from '../decode/decoder.js';
import { inOrder } from './ahead.js';
import { type LaneDesk, type PartSource, partSource } from './part-source.js';
import type { Answer, PlannedPart, Question, RangeDetail, RangeEvidence, StoredParts, Ticket } from './ticket.js';

/** Opens a lane: a way of its own to the service. */
export function openLane(given: unknown, signal: AbortSignal): Promise<LaneReader> {
  const ticket = given as Ticket;
  const desk = new DeskClient<Question, Answer>(ticket.desk);
  return Promise.resolve(new SnowflakeLane(ticket, { desk, source: partSource(ticket, desk) }, signal));
}

class SnowflakeLane implements LaneReader {
  constructor(
    private readonly ticket: Ticket,
    private readonly by: { readonly desk: LaneDesk; readonly source: PartSource },
    private readonly signal: AbortSignal,
  ) {}

  async read(plan: TablePlan, range: Range, _limits: RowGroupLimits, sink: BatchSink): Promise<RangeEvidence> {
    const { table, of, limit = Infinity, only } = range.detail as RangeDetail;
    const { nullsMisfits, told } = this.ticket;
    const places = only ?? plan.columns.map((_, index) => index);
    const isWhole = 'sql' in of;
    let rows = 0;
    try {
      const { result, parts } = isWhole ? await this.resultOf(of.sql) : of;
      const wanted = { columns: plan.columns, fields: result.fields, places, nullsMisfits };
      const fetch = ({ part }: PlannedPart, signal: AbortSignal): ReturnType<PartSource['part']> =>
        this.by.source.part(result, part, signal);
      for await (const { part, bytes } of inOrder(parts, fetch, this.signal)) {
        const { batch, nulled } = decodedPart(bytes.rows, part, { wanted, before: rows, most: limit - rows });
        giveBack(bytes.rows);
        if (batch.numRows > 0) await sink.batch(batch, bytes.size, nulled);
        rows += batch.numRows;
        if (rows >= limit) break;
      }
      return { table, piece: range.label, rows, isWhole };
    } catch (thrown) {
      this.signal.throwIfAborted();
      if (thrown instanceof MisfitError) throw thrown;
      throw snowflakeFailure(thrown, { doing: `read ${range.label} of ${plan.name}`, ...told });
    }
  }

  private async resultOf(sql: string): Promise<StoredParts> {
    return (await this.by.desk.ask({ kind: 'result', sql })) as StoredParts;
  }

  describeRow(_table: TablePlan, range: Range, ordinal: number): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1} of ${range.label}`);
  }

  close(): Promise<void> {
    this.by.desk.close();
    return Promise.resolve();
  }
}

/**
 * @param before rows of the range that came before
 * @param most rows that are wanted
 * @throws source.lost where not all rows came; data.misfit
 */
function decodedPart(
  bytes: Uint8Array,
  { part, rows }: PlannedPart,
  { wanted, before, most }: { readonly wanted: RowsWanted; readonly before: number; readonly most: number },
): ReturnType<typeof decodeRows> {
  try {
    const decoded = decodeRows(bytes, wanted, most);
    if (decoded.batch.numRows === Math.min(rows, most)) return decoded;
    throw new TidemarkError(
      'source.lost',
      `part ${part} has ${decoded.batch.numRows} rows, and was told to have ${rows}`,
      {
        hint: 'Nothing is published. Run again.',
      },
    );
  } catch (thrown) {
    throw thrown instanceof MisfitError ? thrown.at(before + thrown.row) : thrown;
  }
}
