import type { Scratch } from '../core/scratch.js';
import type { RowSink } from '../core/source.js';
import { keepsKeys } from '../expectation/checks.js';
import type { LaneStart, RangeReceipt } from './messages.js';
import { overlaps } from './overlap.js';
import type { PortionSink } from './pipeline.js';
import type { RangeReader } from './range-reader.js';
import { SpoolWriter } from './spool.js';
import { isBesideRows } from './stage.js';
import { tellsTransactions } from './transaction-ids.js';

/** A range whose rows have all come, and may be on their way. */
export interface Receiving {
  readonly written: Promise<void>;
  /** Waits for them. */
  done(): Promise<Received>;
  /** Removes what lies beside them. */
  discard(): void;
}

interface Received {
  /** What the source's reader saw. */
  readonly seen: unknown;
  readonly beside: RangeReceipt['beside'];
}

/** An error, and which of several ranges it is about. */
export class FailedRange extends Error {
  constructor(
    readonly range: number,
    override readonly cause: unknown,
  ) {
    super(`range ${range}`);
  }
}

/** Reads a range; what lies beside its rows goes into a scratch file of its own. */
export async function receiveRange(
  { tables, checks, rowKeys }: LaneStart,
  { scratch, reader }: { readonly scratch: Scratch; readonly reader: RangeReader },
  {
    table,
    range,
    sink,
    ...options
  }: {
    readonly table: number;
    readonly range: number;
    readonly sink: PortionSink;
    /** What goes into the sink first. */
    readonly before?: Promise<void>;
    readonly watch: (sink: RowSink) => RowSink;
  },
): Promise<Receiving> {
  const { columns, ranges } = tables[table]!;
  const wanted =
    keepsKeys(checks?.[table]) || tellsTransactions(columns) || overlaps(columns) || rowKeys?.[table] !== undefined;
  const writer = wanted ? new SpoolWriter(scratch, `beside-t${table}-r${range}`) : undefined;
  let beside: RangeReceipt['beside'];
  const discard = (): void => {
    if (beside === undefined) writer?.discard();
    else scratch.remove(beside.name);
  };
  try {
    const { seen, written } = await reader.read(table, ranges[range]!, onlyRows(sink, writer), options);
    const done = async (): Promise<Received> => {
      await written;
      beside = writer?.finish();
      return { seen, beside };
    };
    return { written, done, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Takes what is no row out of what is on its way to files. */
export function onlyRows(sink: PortionSink, beside?: SpoolWriter): PortionSink {
  return (portion) => (isBesideRows(portion) ? beside?.add(portion) : sink(portion));
}
