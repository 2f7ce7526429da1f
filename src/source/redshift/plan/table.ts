import type { TablePlan } from '../../../core/source.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { areAll, type WantedRows } from '../../../core/windows.js';
import { freeName } from '../../free-name.js';
import { columnsOf, overlapColumn } from './columns.js';
import { type RangeDetail, type ReadStatement, statementOf } from './statement.js';
import { fromOf, secretsUsed, type Subject } from './subject.js';
import type { TableSize } from './table-facts.js';

export interface PlannedTable {
  readonly plan: TablePlan;
  readonly statement: ReadStatement;
}

/** Plans a table or query: one statement, since there is one session. @throws request.invalid for casts */
export function planTable(
  subject: Subject,
  {
    index,
    request,
    rows,
    size,
  }: {
    readonly index: number;
    readonly request: SourceRequest;
    readonly rows: WantedRows<string>;
    readonly size: TableSize;
  },
): PlannedTable {
  const { request: asked, table, columns: facts } = subject;
  const own = columnsOf(facts, { request: asked, secrets: secretsUsed(asked, request) });
  const overlapName = rows.overlap === undefined ? undefined : freeName('overlap_of_versions', facts);
  const { from, values, whole } = fromOf(subject, request, rows.ends);
  const unloadFrom = request.unload && fromOf(subject, request, rows.ends, 'as literals').from;
  const isWhole = areAll(rows, asked) && asked.limit === undefined;
  const statement: ReadStatement = {
    ...{ from, unloadFrom, values, rowTest: rows.rowTest, limit: asked.limit },
    whole: isWhole ? whole : undefined,
    columns: [
      ...facts.map((one) => ({ facts: one })),
      ...(overlapName === undefined
        ? []
        : [{ facts: { name: overlapName, oid: 23, typmod: -1 }, expression: rows.overlap! }]),
    ],
  };
  const detail: RangeDetail = { table: index };
  const plan: TablePlan = {
    name: asked.name,
    table: table?.name,
    query: asked.query,
    statement: statementOf(statement, detail).sql,
    columns: overlapName === undefined ? own : [...own, overlapColumn(overlapName)],
    ranges: [{ label: 'all rows', detail }],
    ...(rows.inOneStatement && { sameFiles: true }),
    ...(rows.seenRows !== undefined && { seenRows: rows.seenRows }),
    estimatedRows:
      size.rows === undefined || rows.rowTest !== undefined ? undefined : Math.min(size.rows, asked.limit ?? Infinity),
    sourceBytes: size.bytes,
    ...(size.bytes && size.rows && { rowBytes: size.bytes / size.rows }),
  };
  return { plan, statement };
}
