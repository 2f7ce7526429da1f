import * as z from 'zod';
import type {
  CursorHorizon,
  HistoryHorizon,
  Horizon,
  LeafHorizon,
  TableHorizon,
  TransactionHorizon,
} from '../core/horizon.js';
import { count } from './shape-kinds.js';

const id = z.string().regex(/^\d+$/);

const leaf: z.ZodType<LeafHorizon> = z.object({
  oid: id,
  name: z.string(),
  file: z.string().describe('Name of the file with its rows: another one after it was rewritten or emptied.'),
  columns: count.describe('How many columns were ever made.'),
  shape: z.string().describe('Hash of those columns: places, names, types.'),
  empty: z.literal(true).exactOptional().describe('It had no rows.'),
  gone: z.literal(true).exactOptional().describe('It is not part of the table any more.'),
});

const table: z.ZodType<TableHorizon> = z.object({
  name: z.string(),
  oid: id,
  filteredFor: z
    .string()
    .exactOptional()
    .describe('Hash of user and settings by which row-level security decides. Absent: all rows are seen.'),
  leaves: z.array(leaf).describe('The table, or its partitions and children.'),
});

const transactions: z.ZodType<TransactionHorizon> = z.object({
  xmin: id.describe('All transactions below had ended; ids have 64 bits.'),
  xmax: id.describe('From here on none could be seen.'),
  seen: z.array(z.string()).describe('Ids between, of rows that were seen: 1200 or 1200-1207.'),
  system: id.describe('Identifier of the cluster.'),
  timeline: id.describe('Of its log.'),
  lsn: z.string().describe('Place in its log.'),
  database: id.describe('Oid of the database.'),
  definitions: z.record(z.string(), z.string()).describe('Hashes of what decides values and is not in rows.'),
  tables: z.array(table),
});

const cursor: z.ZodType<CursorHorizon> = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  high: z.array(z.string()).describe('Their largest values; empty: there were no rows.'),
  lag: z.string().exactOptional().describe('How far back from there rows are remembered.'),
  rows: z.string().describe('Hashes of those rows, 16 bytes each, sorted; base 64.'),
});

const history: z.ZodType<HistoryHorizon> = z.object({
  moment: id.describe('Microseconds since 1970.'),
  tables: z.array(
    z.object({
      name: z.string(),
      table: z.string().describe('As the source names it.'),
      created: z.string().describe('When it was made: a table that is made again is another one.'),
    }),
  ),
});

/** docs/incremental.md, "What the manifest remembers". */
export const horizon: z.ZodType<Horizon> = z.object({
  transactions: transactions.exactOptional().describe('By the transaction that wrote each row.'),
  cursors: z.array(cursor).exactOptional().describe('By columns that grow (--cursor).'),
  history: history.exactOptional().describe("By the source's own history of changes."),
});

/** The certificate of an increment. docs/incremental.md, "The certificate". */
export const increment = z.object({
  road: z
    .enum(['first', 'full', 'transactions', 'history', 'window', 'compacted'])
    .describe(
      'first: there was no parent; full: all rows again, by request; transactions: by who wrote each row; history: by the changes that the source tells; window: by columns that grow; compacted: the chain was merged, and the source was not asked.',
    ),
  from: z.string().exactOptional().describe("The parent's moment."),
  to: z.string().exactOptional().describe('The moment of this run.'),
  assumed: z.array(z.string()).describe('What must hold, and was not checked.'),
  wholly: z.array(z.string()).describe('Parts of tables that are new: all their rows were read.'),
  added: z.array(z.string()).describe('Columns that the parent did not have (--schema evolve).'),
  rows: count.describe('Rows that are new.'),
  candidates: count
    .exactOptional()
    .describe('Rows that were read, of which some were known. Absent: only new ones were.'),
  dropped: count.exactOptional().describe('Rows of those that the parent has.'),
  nullCursors: count.exactOptional().describe('Rows without a value in their cursor, which were left out.'),
});
