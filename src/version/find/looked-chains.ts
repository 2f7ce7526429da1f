import type { InheritedVersion } from '../../manifest/chain.js';
import type { Manifest, ManifestVersion } from '../../manifest/shape.js';

/** Where nobody can tell whether there are rows of a key. */
export interface Untold {
  readonly version: string;
  readonly table: string;
  readonly reason: string;
}

/** Which versions were looked at, and which others they inherit rows of. */
export class LookedChains {
  private readonly looked = new Map<string, string>();
  private readonly inherited = new Map<string, { readonly line: InheritedVersion; readonly by: ManifestVersion }>();

  /** @param key the columns whose values are sought */
  constructor(private readonly key: readonly string[]) {}

  /** Hears of a version that is looked at. */
  add({ id, version }: Pick<Manifest, 'id' | 'version'>): void {
    this.looked.set(id, version.uri);
    for (const line of version.inherits ?? [])
      if (!this.inherited.has(line.id)) this.inherited.set(line.id, { line, by: version });
  }

  /** Tables with the key, of versions that others inherit and that were not looked at. */
  missing(): readonly Untold[] {
    const uris = new Set(this.looked.values());
    return [...this.inherited.values()].flatMap(({ line, by }) => {
      if (this.looked.has(line.id)) return [];
      const reason = uris.has(line.uri)
        ? `${by.uri} inherits its rows, and what lies there is another version than that`
        : `${by.uri} inherits its rows, and it is not there`;
      return line.tables
        .filter(({ name, rows }) => rows > 0 && this.mayHaveKey(by, name))
        .map(({ name }) => ({ version: line.uri, table: name, reason }));
    });
  }

  /** Columns may have come and gone since; where the table is gone, nobody knows what it had. */
  private mayHaveKey({ tables }: ManifestVersion, name: string): boolean {
    const table = tables.find((one) => one.name === name);
    return table === undefined || this.key.every((column) => table.schema.some((line) => line.name === column));
  }
}
