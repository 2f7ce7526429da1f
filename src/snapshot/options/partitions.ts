import { invalidRequest } from '../../core/errors.js';
import { partitionName } from '../../core/target-place.js';
import type { Partitioning } from '../../partition/partitioning.js';
import type { OptionValues } from './table.js';

/**
 * The folders that options ask for; undefined: none.
 * @throws request.invalid where they do not go together
 */
export function resolvePartitioning(
  values: Pick<OptionValues, 'partition-by' | 'partition-columns'>,
): Partitioning | undefined {
  const { 'partition-by': by, 'partition-columns': columns } = values;
  if (by === undefined) {
    if (columns === undefined) return undefined;
    throw invalidRequest(
      'partition-columns: there are no partitions',
      'Say what folders are of: --partition-by country.',
    );
  }
  const folders = by.map((one) => partitionName(one).toLowerCase());
  const twice = folders.findIndex((folder, index) => folders.indexOf(folder) !== index);
  if (twice >= 0) {
    throw invalidRequest(
      `partition-by: two folders would be named ${partitionName(by[twice]!)}=…`,
      'Give every column once.',
    );
  }
  return { by, columns: columns ?? 'files' };
}
