import { formatCount } from '../core/units.js';
import type { ManifestTable, ManifestVersion } from './shape.js';
import type { Sidecar } from './sidecar.js';
import { sampleText } from './summary-places.js';

type CardedVersion = Pick<ManifestVersion, 'uri' | 'rows' | 'digest' | 'tables' | 'sample'>;

/**
 * The dataset card of Hugging Face (https://huggingface.co/docs/hub/datasets-manual-configuration): a README.md whose front
 * matter says which files are which split of which table.
 */
export function datasetCard({ uri, rows, digest, tables, sample }: CardedVersion): Sidecar {
  const configs = tables.flatMap((table) => [
    `- config_name: ${JSON.stringify(tables.length === 1 ? 'default' : configName(table.name))}`,
    '  data_files:',
    ...filesOf(table).map(({ split, pattern }) => `  - split: ${split}\n    path: ${JSON.stringify(pattern)}`),
  ]);
  const front = ['---', 'configs:', ...configs, '---'];
  const told = digest === undefined || digest === 'off' ? '' : `, digest ${digest}`;
  const part = sample && `, a sample: ${sampleText(sample)}`;
  const text = `${front.join('\n')}\n\n# ${uri}\n\n${formatCount(rows)} rows${part ?? ''}${told}. Made by Tidemark: \`tidemark verify\` checks it.\n`;
  return { kind: 'card', path: 'README.md', bytes: Buffer.from(text) };
}

/** Names of configurations become names of folders in its cache. */
const configName = (table: string): string => table.replaceAll(/[<>:/\\|?*]/g, '_');

/** By part of the split, where its files are; a table that is not split is what Hugging Face calls train. */
function filesOf({ targets, partition }: ManifestTable): { readonly split: string; readonly pattern: string }[] {
  const levels = partition?.by.length ?? 0;
  const patterns = new Map<string, string>();
  for (const { split = 'train', shards } of targets) {
    const path = shards[0]!.path.split('/');
    const ending = path.at(-1)!.slice(path.at(-1)!.lastIndexOf('.'));
    const folders = path.slice(0, path.length - 1 - levels);
    patterns.set(split, [...folders, ...(levels > 0 ? ['**'] : []), `*${ending}`].join('/'));
  }
  return [...patterns].map(([split, pattern]) => ({ split, pattern }));
}
