import { invalidRequest } from '../../core/errors.js';
import { type Environment, areCollected } from '../../manifest/platform.js';
import { splitNames, type Split } from '../../partition/split.js';
import type { OptionValues } from './table.js';

/** What a dataset card may not go with. */
export interface CardPlace {
  /** The outputs folder. */
  readonly out: string;
  readonly env: Environment;
  /** The split whose parts are in one version; undefined: there is none. */
  readonly split: Split | undefined;
}

/**
 * A README.md has the same name in every version: where files of several come together, as in a chain of versions or in a
 * platform's outputs, it would be of none of them.
 * @throws request.invalid
 */
export function checkDatasetCard({ 'dataset-card': asked, from }: OptionValues, { out, env, split }: CardPlace): void {
  if (asked !== true) return;
  if (from !== undefined) {
    throw invalidRequest(
      `dataset-card: does not go with --from ${from}: the version would have the files of the earlier one too, and its README.md`,
      'Leave it out, or make a version of its own.',
    );
  }
  if (areCollected(out, env)) {
    throw invalidRequest(
      'dataset-card: in outputs of Valohai files lie side by side, and every version would have a README.md',
      'Leave it out, or give another folder with --out.',
    );
  }
  const unusual = split && splitNames(split).find((name) => !/^\w+(\.\w+)*$/.test(name));
  if (unusual !== undefined) {
    throw invalidRequest(
      `dataset-card: "${unusual}" cannot be a split of Hugging Face`,
      'Name parts by letters, digits, "_", and "." between them.',
    );
  }
}
