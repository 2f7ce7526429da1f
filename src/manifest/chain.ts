import { versionDigest, rowsDigest, schemaFingerprint } from '../core/digest/digest.js';
import { hashSumOf, sumOfTexts } from '../core/digest/sums.js';
import type { Schema } from 'apache-arrow';
import type { Manifest, ManifestTable, ManifestVersion } from './shape.js';
import { shardsOfVersion } from './shards.js';
import { sum } from './sum.js';

/** A version of which another one inherits. */
export type InheritedVersion = NonNullable<ManifestVersion['inherits']>[number];

/** What a version inherits that goes on from `parent`: the oldest comes first. */
export function inheritedFrom({ id, version }: Pick<Manifest, 'id' | 'version'>): readonly InheritedVersion[] {
  const own: InheritedVersion = {
    uri: version.uri,
    id,
    rows: version.rows,
    bytes: version.bytes,
    tables: version.tables.map(({ name, facts }) => ({
      name,
      rows: facts.rows,
      ...(facts.sum !== undefined && { sum: facts.sum }),
    })),
    files: shardsOfVersion(version).map(({ path, bytes, sha256, facts: { rows } }) => ({ path, rows, bytes, sha256 })),
  };
  return [...(version.inherits ?? []), own];
}

/** A table of a version, with the schema of its rows. */
export interface SchemaTable extends Pick<ManifestTable, 'name' | 'facts' | 'key' | 'live'> {
  readonly arrow: Schema;
}

/**
 * What a version is together with those that it inherits. Sums of hashes add up over versions, so the digest is that of a
 * version with all rows; a column that earlier rows do not have counts as NULL. Where rows are replaced by key there is none.
 */
export function chainOf(
  { rows, bytes }: Pick<ManifestVersion, 'rows' | 'bytes'>,
  tables: readonly SchemaTable[],
  inherits: readonly InheritedVersion[],
): NonNullable<ManifestVersion['chain']> {
  const digests = tables.flatMap(({ name, facts, arrow, key, live }) => {
    if (live !== undefined) {
      const counted = { rows: live.rows, sums: { rows: hashSumOf(live.sum), columns: [] } };
      return [{ name, digest: rowsDigest(schemaFingerprint(arrow), counted)! }];
    }
    // Which rows were replaced, sums do not tell.
    if (key !== undefined) return [];
    const earlier = inherits.flatMap((version) => version.tables.filter((table) => table.name === name));
    const all = sumOfTexts([facts, ...earlier].map((part) => part.sum));
    if (all === undefined) return [];
    const counted = { rows: facts.rows + sum(earlier, (table) => table.rows), sums: { rows: all, columns: [] } };
    return [{ name, digest: rowsDigest(schemaFingerprint(arrow), counted)! }];
  });
  return {
    rows: rows + sum(inherits, (version) => version.rows),
    bytes: bytes + sum(inherits, (version) => version.bytes),
    ...(digests.length === tables.length && { digest: versionDigest(digests) }),
  };
}

/** Rows of a table with all that its version inherits, those that count where that is known; undefined: it has no such table. */
export function rowsWithInherited(
  { tables, inherits = [] }: Pick<ManifestVersion, 'tables' | 'inherits'>,
  name: string,
): number | undefined {
  const own = tables.find((table) => table.name === name);
  if (own === undefined) return undefined;
  if (own.live !== undefined) return own.live.rows;
  const earlier = inherits.flatMap((version) => version.tables.filter((table) => table.name === name));
  return own.facts.rows + sum(earlier, ({ rows }) => rows);
}
