import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** All files below a folder, as relative paths; none when it is not there. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

/** Files that somebody who looks for datasets would find: everything outside staging folders. */
export function visibleFiles(out: string): string[] {
  return filesIn(out).filter((path) => !path.startsWith('.tidemark'));
}

/** URIs of dataset versions that `valohai.metadata.jsonl` names. */
export function namedVersions(out: string): string[] {
  const path = join(out, 'valohai.metadata.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const uris = lines.flatMap((line) => {
    const { metadata } = JSON.parse(line) as { metadata: { 'valohai.dataset-versions': { uri: string }[] } };
    return metadata['valohai.dataset-versions'].map(({ uri }) => uri);
  });
  return [...new Set(uris)];
}

/** Waits until a run has written at least `bytes` of shards into its staging folder. */
export async function shardsBegun(out: string, bytes = 1): Promise<void> {
  const size = (): number =>
    filesIn(out)
      .filter((path) => path.startsWith('.tidemark-') && path.endsWith('.parquet'))
      .reduce((sum, path) => sum + statSync(join(out, path), { throwIfNoEntry: false })!.size, 0);
  for (let waited = 0; waited < 30_000; waited += 20) {
    try {
      if (size() >= bytes) return;
    } catch {
      // A file went between listing it and asking for its size.
    }
    await sleep(20);
  }
  throw new Error(`no shard was begun in ${out}: ${filesIn(out).join(', ')}`);
}
