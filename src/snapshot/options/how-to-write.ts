import { invalidRequest } from '../../core/errors.js';
import type { CsvDialect } from '../../core/format.js';
import { oneFile } from '../../core/shard.js';
import type { WritingPlan } from '../../manifest/build-input.js';
import { formatOf, formats } from '../../shard/registry.js';
import type { OptionContext } from './read.js';
import { resolveSigningKey } from './signing.js';
import type { OptionValues } from './table.js';

const shardSize = 128 * 2 ** 20;

/**
 * How shards are written.
 * @throws request.invalid for what the format does not have, and for a key that cannot sign
 */
export function resolveWriting(values: OptionValues, env: OptionContext['env']): WritingPlan {
  const { name, codecs } = formatOf(values.format ?? formats[0]!.name);
  const compression = values.compression ?? codecs[0]!;
  if (!codecs.includes(compression)) {
    throw invalidRequest(
      `compression: ${name} files cannot be ${compression} (allowed: ${codecs.join(', ')})`,
      `Leave it out for ${codecs[0]}, or give another --format.`,
    );
  }
  return {
    format: name,
    compression,
    csv: csvDialect(values, name),
    shardSize: sizeOf(values),
    digest: values.digest !== 'off',
    datasetCard: values['dataset-card'] === true,
    signingKey: resolveSigningKey(values, env),
  };
}

/** Files of one version have the names of those of another: one that has another's files too would lose some. */
function sizeOf({ 'single-file': single, 'shard-size': size, from }: OptionValues): number {
  if (single !== true) return size ?? shardSize;
  if (size !== undefined) {
    throw invalidRequest('single-file: does not go with --shard-size', 'Leave one of them out.');
  }
  if (from !== undefined) {
    throw invalidRequest(
      `single-file: does not go with --from ${from}: its files have the same names as those of this version`,
      'Leave --single-file out: then names have the version and an index in them.',
    );
  }
  return oneFile;
}

function csvDialect(
  { 'csv-separator': separator, 'csv-null': nullText }: OptionValues,
  format: string,
): CsvDialect | undefined {
  if (format === 'csv') return { separator: separator ?? ',', null: checkedNull(nullText ?? '') };
  const given = separator === undefined ? 'csv-null' : 'csv-separator';
  if (separator === undefined && nullText === undefined) return undefined;
  throw invalidRequest(`${given}: ${format} files have none`, 'Leave it out, or add --format csv.');
}

/** It stands without quotation marks. */
function checkedNull(text: string): string {
  if (!/[",;|\t\r\n]|^\s|\s$/.test(text)) return text;
  throw invalidRequest(
    `csv-null: ${JSON.stringify(text)} cannot stand for NULL: it has a quotation mark, a separator, a line end, or blanks at its ends`,
    "For example: --csv-null NULL, or --csv-null '\\N'.",
  );
}
