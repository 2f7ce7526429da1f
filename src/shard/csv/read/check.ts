import { TidemarkError } from '../../../core/errors.js';
import type { CheckOptions, ExpectedShard, ReadableFile, ShardCheck, ShardFault } from '../../../core/format.js';
import { csvTypeName } from '../type-name.js';
import { read } from './rows.js';

/**
 * Reads a file and compares it with the manifest. A CSV file has no account of itself: above its values, its header is all
 * that is looked at.
 */
export async function check(
  file: ReadableFile,
  expected: ExpectedShard,
  { depth, signal }: CheckOptions,
): Promise<ShardCheck> {
  const faults = typeFaults(expected);
  const { bytes, as } = expected;
  let rows = 0;
  const nulls = as.columns.map(() => 0);
  try {
    for await (const batch of read(file, { bytes, as, ...(signal && { signal }) })) {
      rows += batch.numRows;
      for (const [index, { nullCount }] of batch.data.children.entries()) nulls[index]! += nullCount;
      if (depth !== 'values') return { rows: expected.rows, faults };
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    return { rows: 0, faults: [...faults, { kind: 'unreadable', message: TidemarkError.from(thrown).message }] };
  }
  return { rows, faults: [...faults, ...countFaults(expected, rows, nulls)] };
}

function typeFaults({ columns, as }: ExpectedShard): ShardFault[] {
  return columns.flatMap(({ name, stored }, index) => {
    const column = as.columns[index];
    const found = column === undefined ? 'nothing' : csvTypeName(column.type);
    if (column?.name === name && found === stored) return [];
    return [
      { kind: 'schema' as const, message: `column ${name} is another one`, column: name, expected: stored, found },
    ];
  });
}

function countFaults({ rows: expected, columns }: ExpectedShard, rows: number, nulls: readonly number[]): ShardFault[] {
  const counts = (told: number, found: number) => ({ expected: `${told}`, found: `${found}` });
  if (rows !== expected) {
    return [{ kind: 'rows', message: 'the file has another number of rows', ...counts(expected, rows) }];
  }
  return columns.flatMap(({ name, nulls: told }, index) => {
    if (told === undefined || told === nulls[index]) return [];
    const message = 'the column has another number of NULLs';
    return [{ kind: 'rows' as const, message, column: name, ...counts(told, nulls[index]!) }];
  });
}
