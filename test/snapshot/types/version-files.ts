import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, snapshotJson } from '../../support/cli.js';
import type { LedgerLine, Manifest, ManifestColumnFacts, ManifestTable } from '../../../src/manifest/shape.js';
import { shardsOf } from '../../../src/manifest/shards.js';

/** A version that was made, with its manifest. */
export interface MadeVersion {
  readonly location: string;
  readonly out: string;
  readonly manifest: Manifest;
  readonly warnings: readonly string[];
  table(name?: string): ManifestTable;
  /** By column: its line of the type ledger, what is counted of it, and its cast. */
  ledger(name?: string): (LedgerLine & ManifestColumnFacts & { readonly cast?: string })[];
  /** Paths of a table's shards, in order. */
  files(name?: string): string[];
}

/** Runs `tidemark snapshot` on a database; the version's name is the same in every run, so that bytes can be. */
export async function makeVersion(
  url: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<MadeVersion> {
  const out = emptyFolder('types');
  const named = ['--dataset', 'dataset://types/v', '--date', '2024-01-15', '--out', out];
  const { location, warnings } = await snapshotJson([...named, ...args], { env: { TIDEMARK_SOURCE: url, ...env } });
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.v.json'), 'utf8')) as Manifest;
  const table = (name?: string) => manifest.version.tables.find((entry) => name === undefined || entry.name === name)!;
  return {
    location,
    out,
    manifest,
    warnings,
    table,
    files: (name) => shardsOf(table(name)).map(({ path }) => join(location, path)),
    ledger: (name) => {
      const { schema, facts, request } = table(name);
      return schema.map((line, index) => ({
        ...line,
        ...facts.columns[index]!,
        ...(request.casts?.[line.name] !== undefined && { cast: request.casts[line.name]! }),
      }));
    },
  };
}
