import { TidemarkError } from '../core/errors.js';
import { sortedHashes } from '../core/digest/hash-list.js';
import { bytesOfHash } from '../core/digest/kernel.js';
import type { Horizon } from '../core/horizon.js';
import { joinIds, rangesOfIds } from '../core/id-ranges.js';
import type { Scratch } from '../core/scratch.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { type Column, typeName, writtenColumns } from '../core/types.js';
import { readSpool } from '../lane/spool.js';
import type { SpooledRecords } from '../lane/spooled-records.js';
import { shardsOf } from '../manifest/shards.js';
import type { LedgerLine, Manifest, ManifestRun, ManifestTable } from '../manifest/shape.js';
import type { Plan } from './plan.js';
import type { WrittenRows, WrittenShards } from './write-shards.js';

/** What a later run must know of this one: what the source told, and what its rows did. */
export function horizonOf(
  { horizon }: Pick<OpenSource, 'horizon'>,
  { transactions: ids, tables }: WrittenShards,
  scratch: Scratch,
): Horizon | undefined {
  if (horizon === undefined) return undefined;
  const { transactions, cursors, history } = horizon;
  return {
    ...(history && { history }),
    ...(transactions && { transactions: { ...transactions, seen: joinIds(transactions.seen, idsIn(ids, scratch)) } }),
    ...(cursors && {
      cursors: cursors.map((cursor) => {
        const table = tables.find(({ name }) => name === cursor.name)!;
        const rows = sortedHashes(bytesIn(table.overlap.comingAgain, scratch));
        return { ...cursor, rows: Buffer.from(rows).toString('base64') };
      }),
    }),
  };
}

function idsIn(pieces: readonly SpooledRecords[], scratch: Scratch): readonly string[] {
  return pieces.map((piece) => rangesOfIds(new BigUint64Array(bytesIn([piece], scratch).buffer))).reduce(joinIds, []);
}

/** All records of pieces, in memory of their own. */
function bytesIn(pieces: readonly SpooledRecords[], scratch: Scratch): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes, 0));
  let end = 0;
  for (const piece of pieces) {
    for (const { bytes } of readSpool(scratch, piece, piece)) {
      all.set(bytes, end);
      end += bytes.length;
    }
  }
  return all;
}

/**
 * Whether what is read is what the parent was read from, with the same columns.
 * @returns columns that were added, `table.column`
 * @throws request.invalid for another table or query; data.schema for other columns, with the difference
 */
export function assertSameRows(plan: Plan, parent: Manifest, tables: readonly TablePlan[]): readonly string[] {
  const differences = tables.map((table, index) => {
    const before = parent.version.tables[index]!;
    assertSameRequest(table, before, parent.version.uri);
    return { name: table.name, ...differenceOf(before.schema, writtenColumns(table.columns)) };
  });
  const several = tables.length > 1;
  const texts = (of: 'added' | 'others'): string[] =>
    differences.flatMap((one) => one[of].map((text) => (several ? `${one.name}: ${text}` : text)));
  const [added, others] = [texts('added'), texts('others')];
  if (others.length > 0 || (added.length > 0 && plan.chain?.schema !== 'evolve')) {
    throw new TidemarkError(
      'data.schema',
      `the columns are not those of ${parent.version.uri}: ${[...others, ...added.map((text) => `${text} is new`)].join('; ')}`,
      {
        hint:
          others.length > 0
            ? 'What is in earlier versions cannot be read as one with these. Begin a new chain: --full.'
            : 'With --schema evolve columns that were added are taken; in earlier versions they are NULL. Or begin a new chain: --full.',
      },
    );
  }
  return added;
}

/** Whether tables and columns are those of a version. */
export function hasSameColumns({ version }: Manifest, tables: readonly TablePlan[]): boolean {
  return tables.every((table, index) => {
    const { request, schema } = version.tables[index]!;
    const { added, others } = differenceOf(schema, writtenColumns(table.columns));
    return table.table === request.table && added.length + others.length === 0;
  });
}

function assertSameRequest({ name, table, query }: TablePlan, { request }: ManifestTable, uri: string): void {
  if (table === request.table && query === request.query) return;
  throw new TidemarkError(
    'request.invalid',
    `table: ${name} is ${table ?? 'another query'}, and was ${request.table ?? 'another query'} in ${uri}`,
    { hint: 'Read the same, or begin a new chain: --full.' },
  );
}

interface Difference {
  readonly added: readonly string[];
  readonly others: readonly string[];
}

function differenceOf(before: readonly LedgerLine[], now: readonly Column[]): Difference {
  const text = (column: Column): string => `${column.name} ${typeName(column.type)}`;
  const changed = before.flatMap(({ name, type, mask }) => {
    const column = now.find((one) => one.name === name);
    if (column === undefined) return [`${name} ${type} is gone`];
    const [was, is] = [maskedText(type, mask), maskedText(typeName(column.type), column.masked)];
    return was === is ? [] : [`${name} is ${is} and was ${was}`];
  });
  const added = now.filter(({ name }) => before.every((line) => line.name !== name));
  return { added: added.map(text), others: changed };
}

const maskedText = (type: string, mask: string | undefined): string =>
  mask === undefined ? type : `${type}, masked by ${mask}`;

/** The certificate of the run, where it is part of a chain. */
export function incrementOf(
  { chain }: Plan,
  parent: Manifest | undefined,
  { increment, certificate }: Pick<OpenSource, 'increment' | 'certificate'>,
  { tables, added }: { readonly tables: readonly WrittenRows[]; readonly added: readonly string[] },
): ManifestRun['increment'] {
  if (chain === undefined) return undefined;
  const rows = countRows(tables);
  if (parent === undefined || increment === undefined) {
    const isAsked = chain.parent === undefined || chain.reads === 'all-if-changed';
    return { road: isAsked ? 'full' : 'first', assumed: [], wholly: [], added: [], rows };
  }
  const { road, from, to, assumed, wholly, nullCursors } = increment;
  const known = tables.flatMap(({ overlap }) => overlap.known);
  const dropped = known.reduce((sum, { bytes }) => sum + bytes, 0) / bytesOfHash;
  return {
    road,
    from: momentText(parent.run.certificate, from),
    to: momentText(certificate, to),
    assumed: [...assumed],
    wholly: [...wholly],
    added: [...added],
    rows,
    ...(road === 'window' && { candidates: rows + dropped, dropped }),
    ...(nullCursors !== undefined && { nullCursors }),
  };
}

const momentText = ({ at }: OpenSource['certificate'], told: string): string =>
  typeof at === 'string' ? `${at}, ${told}` : told;

/** Of what is new, files without rows are none. */
export function withoutEmptyFiles(tables: readonly WrittenRows[]): readonly WrittenRows[] {
  return tables.map((table) => ({
    ...table,
    targets: table.targets.map((target) => ({ ...target, shards: target.shards.filter(({ rows }) => rows > 0) })),
  }));
}

export function countRows(tables: readonly Pick<WrittenRows, 'targets'>[]): number {
  const shards = tables.flatMap(shardsOf);
  return shards.reduce((sum, { rows }) => sum + rows, 0);
}
