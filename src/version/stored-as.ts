import type { StoredAs } from '../core/format.js';
import type { ManifestTable, ManifestVersion } from '../manifest/shape.js';
import { columnOf } from './ledger-column.js';

/** How a table's files are stored. @throws verification.failed for a type that is not known */
export function storedAs(
  { compression, csv }: Pick<ManifestVersion, 'compression' | 'csv'>,
  { schema }: Pick<ManifestTable, 'schema'>,
): StoredAs {
  return { columns: schema.filter(({ inPath }) => !inPath).map(columnOf), compression, ...(csv && { csv }) };
}
