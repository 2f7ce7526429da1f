import { TidemarkError } from '../core/errors.js';
import { canonicalJson } from './canonical.js';

/** What a run measures and knows for certain: nobody else's word stands in its place. */
const measured = ['query_date', 'query', 'row_count', 'version_row_count'];

/**
 * Whether the user's own metadata properties may stand on the files. `source_table`, `source_database` and `date_range` may
 * be told otherwise, since a query does not say them.
 *
 * @throws request.invalid for keys of the platform or of Tidemark, and for values that JSON does not know
 */
export function checkProperties(properties: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(properties)) {
    const reserved = /^(valohai|tidemark)\./i.exec(key)?.[0];
    if (reserved !== undefined) {
      throw new TidemarkError('request.invalid', `property: "${key}" is reserved: keys that begin with "${reserved}"`, {
        hint: 'Use --tag, --alias and --dataset for what the platform knows, and another key for your own.',
      });
    }
    if (key === '' || measured.includes(key)) {
      throw new TidemarkError('request.invalid', `property: "${key}" cannot be set`, {
        hint: `Tidemark itself writes ${measured.join(', ')}. Use another key.`,
      });
    }
  }
  canonicalJson(properties);
}
