import { inLine } from '../core/in-line.js';
import { invalidRequest } from '../core/errors.js';
import { missingColumn } from '../core/missing-column.js';
import { partitionName, readFromFolders } from '../core/target-place.js';
import { castToOneForm, type Column, typeName } from '../core/types.js';
import { columnsInPath, type Partitioning, type PartitionColumn } from './partitioning.js';

type Kinds = readonly Column['type']['kind'][];

/** Kinds of values that folders can be named for. */
const named: Kinds = ['bool', 'int', 'decimal', 'text', 'uuid', 'date', 'time', 'timestamp'];
const temporal: Kinds = ['date', 'timestamp'];

/**
 * @param table its columns as they are written
 * @throws request.invalid where a column is not there, or cannot stand in the name of a folder
 */
export function checkPartitioning(
  partitioning: Partitioning,
  table: { readonly name: string; readonly columns: readonly Column[] },
): void {
  for (const one of partitioning.by) {
    const column = table.columns.find(({ name }) => name === one.column);
    if (column === undefined) throw missingColumn('partition-by', one.column, [table]);
    checkColumn(partitioning, one, column);
  }
  const number = partitioning.by.find((one) => /^\d+$/.test(partitionName(one)));
  if (number !== undefined && partitioning.by.length > 1) {
    throw invalidRequest(
      `partition-by: "${number.column}" is a number, and beside other columns such names do not keep their place`,
      `Name it otherwise in the query: SELECT "${number.column}" AS part_${number.column}, …`,
    );
  }
  const inPath = columnsInPath(partitioning);
  if (table.columns.every(({ name }) => inPath.includes(name))) {
    throw invalidRequest(
      `partition-columns: path would leave files of ${table.name} without columns`,
      'Partition by fewer columns, or leave --partition-columns at files.',
    );
  }
}

function checkColumn({ columns: kept }: Partitioning, one: PartitionColumn, column: Column): void {
  const { name, sourceType, type, redacted, masked, manyTexts } = column;
  const what = `partition-by: column "${inLine(name)}" (${sourceType}, written as ${typeName(type)})`;
  const nothingTold = masked === 'hash' ? false : redacted;
  if (nothingTold) {
    throw invalidRequest(
      `${what} is ${masked === undefined ? 'redacted' : 'masked'}, and the names of folders would tell its values`,
      masked === undefined
        ? 'Choose another column, or mask it by a hash: --mask <column>=hash.'
        : `Choose another column, or --mask ${name}=hash.`,
    );
  }
  if (/^[._]/.test(partitionName(one))) {
    throw invalidRequest(
      `${what} begins with "${name[0]}", and readers pass over folders of such names`,
      `Name it otherwise in the query: SELECT ${name} AS ${name.replace(/^[._]+/, '') || 'part'}, …`,
    );
  }
  if (one.unit !== undefined && !temporal.includes(type.kind)) {
    throw invalidRequest(`${what} has no ${one.unit}s`, 'Choose a date or a timestamp, or leave the unit out.');
  }
  if (!named.includes(type.kind)) {
    const why = type.kind === 'float' ? 'the same number can have two texts' : 'only single values can';
    throw invalidRequest(`${what} cannot name folders: ${why}`, 'Choose another column, or cast it in the query.');
  }
  if (manyTexts && masked === undefined) {
    throw invalidRequest(`${what} cannot name folders: equal values may have different texts`, castToOneForm(name));
  }
  if (kept === 'path' && one.unit === undefined && !readFromFolders.includes(type.kind)) {
    throw invalidRequest(
      `partition-columns: path is for booleans, whole numbers, texts and dates; readers would not take "${name}" (${typeName(type)}) for what it is`,
      'Leave --partition-columns at files.',
    );
  }
}
