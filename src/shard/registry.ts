import { TidemarkError } from '../core/errors.js';
import type { FormatDescription } from '../core/format.js';
import { csv } from './csv/description.js';
import { parquet } from './parquet/description.js';

/** All formats. Nothing else knows one by its name; the first one is the default. */
export const formats: readonly FormatDescription[] = [parquet, csv];

/** The format in which values stand as texts. */
export const formatOfTexts: FormatDescription = csv;

/** Endings of the names of files that hold data. */
export const endings: readonly string[] = [
  ...new Set(formats.flatMap(({ codecs, endingOf }) => codecs.map((codec) => endingOf(codec)))),
];

/** @throws request.invalid for a format that this version of the tool does not have */
export function formatOf(name: string): FormatDescription {
  return find(name, 'request.invalid');
}

/** The format that a manifest names. @throws verification.failed for one that this version of the tool does not have */
export function formatOfVersion({ format }: { readonly format: string }): FormatDescription {
  return find(format, 'verification.failed');
}

function find(name: string, code: 'request.invalid' | 'verification.failed'): FormatDescription {
  const format = formats.find((one) => one.name === name);
  if (format !== undefined) return format;
  const known = formats.map((one) => one.name).join(', ');
  throw new TidemarkError(code, `the format "${name}" is not known; known is ${known}`, {
    hint: 'A version that a newer Tidemark wrote needs that one to be read.',
  });
}
