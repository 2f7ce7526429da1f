import type { Mask } from '../../core/types.js';
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
  const ownPartitions = own['partition-by'] === undefined && own['partition-columns'] === undefined ? undefined : own;
  return {
    masks: { ...values.mask, ...own.mask } as Readonly<Record<string, Mask>>,
    named: [...Object.keys(own.mask ?? {}), ...Object.keys(own.cast ?? {}), ...(own['redact-stats'] ?? [])],
    sample: sample && splitKey ? { ...sample, key: splitKey } : sample,
    split: split && splitKey ? { ...split, key: splitKey } : split,
    splitKey,
    partitioning: resolvePartitioning({ ...values, ...ownPartitions }),
    expected: resolveExpectations(own, `tables: ${table}.`),
  };
}

/** Whether values of a table are masked. */
export const hasMasks = (work: TableWork | undefined): boolean => Object.keys(work?.masks ?? {}).length > 0;
