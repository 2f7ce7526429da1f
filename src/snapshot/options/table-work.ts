import { invalidRequest } from '../../core/errors.js';
import type { Mask } from '../../core/types.js';
import { keyRules } from '../../expectation/rule.js';
import type { Plan, TableWork } from '../plan.js';
import { resolvePartitioning } from './partitions.js';
import type { OptionValues } from './table.js';
import { resolveExpectations } from './expectations.js';
import type { AskedTable } from './tables.js';

/**
 * What becomes of a table's rows: its own options go before those of all tables, and masks join them.
 * @throws request.invalid for partitions and expectations that cannot be
 */
export function tableWork(
  values: OptionValues,
  { own, request: { name: table } }: AskedTable,
  { sample, split }: Pick<Plan, 'sample' | 'split'>,
): TableWork {
  const splitKey = own['split-key'];
  const key = resolveKey(values, own);
  const ownPartitions = own['partition-by'] === undefined && own['partition-columns'] === undefined ? undefined : own;
  return {
    masks: { ...values.mask, ...own.mask } as Readonly<Record<string, Mask>>,
    named: [...Object.keys(own.mask ?? {}), ...Object.keys(own.cast ?? {}), ...(own['redact-stats'] ?? [])],
    sample: sample && splitKey ? { ...sample, key: splitKey } : sample,
    split: split && splitKey ? { ...split, key: splitKey } : split,
    splitKey,
    key,
    partitioning: resolvePartitioning({ ...values, ...ownPartitions }),
    expected: [...(key ? keyRules(key) : []), ...resolveExpectations(own, `tables: ${table}.`)],
  };
}

/** @throws request.invalid for a key without upserts, and upserts without a key */
function resolveKey({ mode, key: shared }: OptionValues, own: AskedTable['own']): readonly string[] | undefined {
  const key = own.key ?? shared;
  if (mode === 'upsert' && key === undefined) {
    throw invalidRequest(
      'key: goes with --mode upsert, and is missing: nothing says which row of an earlier version a row replaces',
      'Name the column, or the columns, that tell a row: --key id. Or leave --mode out: then rows are only added.',
    );
  }
  if (mode !== 'upsert' && key !== undefined) {
    throw invalidRequest(
      `key: ${key.join(', ')} says nothing without --mode upsert`,
      'Add --mode upsert, or leave it out.',
    );
  }
  return key;
}

/** Whether values of a table are masked. */
export const hasMasks = (work: TableWork | undefined): boolean => Object.keys(work?.masks ?? {}).length > 0;
