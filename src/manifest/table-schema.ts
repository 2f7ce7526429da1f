import { folderSafe } from './shard-names.js';
import type { LedgerLine, ManifestVersion } from './shape.js';
import type { Sidecar } from './sidecar.js';

/** The profile that the files follow: Table Schema of Frictionless Data. */
const profile = 'https://datapackage.org/profiles/2.0/tableschema.json';

type SchemedVersion = Pick<ManifestVersion, 'name' | 'csv' | 'tables'>;

/** CSV files tell no types: one file for each table does, for readers that know nothing of manifests. */
export function tableSchemas({ name, csv, tables }: SchemedVersion): readonly Sidecar[] {
  if (csv === undefined) return [];
  return tables.map((table) => {
    const fields = table.schema.filter(({ inPath }) => !inPath).map(fieldOf);
    const text = JSON.stringify({ $schema: profile, fields, missingValues: [csv.null] }, null, 2);
    const own = tables.length === 1 ? '' : `.${folderSafe(table.name)}`;
    return { kind: 'schema', path: `_schema.${name}${own}.json`, bytes: Buffer.from(`${text}\n`) };
  });
}

function fieldOf({ name, stored, type, sourceType }: LedgerLine): object {
  const [word, format] = stored.split(':') as [string, string?];
  return {
    name,
    type: word,
    ...(format !== undefined && { format }),
    'tidemark:type': type,
    'tidemark:source': sourceType,
  };
}
