import { TidemarkError } from '../core/errors.js';
import type { FormatDescription } from '../core/format.js';
import { csv } from './csv/description.js';
import { parquet } from './parquet/description.js';

/** All formats. Nothing else knows one by its name; the first one is the default. */
export const formats: readonly FormatDescription[] = [parquet, csv];

/** Endings of the names of files that hold data. */
export const endings: readonly string[] = [
  ...new Set(formats.flatMap(({ codecs, endingOf }) => codecs.map((codec) => endingOf(codec)))),
];

/** @throws request.invalid for a format that this version of the tool does not have */
export function formatOf(name: string): FormatDescription {
  const format = formats.find((one) => one.name === name);
  if (format !== undefined) return format;
  const known = formats.map((one) => one.name).join(', ');
  throw new TidemarkError('request.invalid', `the format "${name}" is not known; known is ${known}`, {
    hint: 'A version that a newer Tidemark wrote needs that one to be read.',
  });
}
