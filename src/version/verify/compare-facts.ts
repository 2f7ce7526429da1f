import type { Schema } from 'apache-arrow';
import { hashSumText } from '../../core/digest/sums.js';
import type { Facts } from '../../core/facts.js';
import { columnStatistics } from '../../core/statistics.js';
import type { ManifestColumnFacts, ManifestShard } from '../../manifest/shape.js';
import { failure, type Finding } from './finding.js';

/** What a manifest tells of rows. */
export type ToldFacts = ManifestShard['facts'];

/** Where what is told of rows is not what was counted of them; `file` is the one that findings name. */
export function factsFindings(
  told: ToldFacts,
  { sums, ...counted }: Facts,
  { file, schema }: { readonly file: string; readonly schema: Schema },
): Finding[] {
  const findings = told.columns.flatMap((column, index) => {
    const field = schema.fields[index]!;
    const found = columnStatistics(counted.columns[index]!, field);
    const sum = sums && hashSumText(sums.columns[index]!);
    return columnFindings(column, { ...found, ...(sum !== undefined && { sum }) }, { file, column: field.name });
  });
  if (told.sum === undefined || sums === undefined || told.sum === hashSumText(sums.rows)) return findings;
  const message = 'the rows are not those that the digest was made of';
  return [...findings, failure('digest', file, message, { expected: told.sum, found: hashSumText(sums.rows) })];
}

const statistics = { nulls: 'number of NULLs', min: 'smallest value', max: 'largest value' } as const;

/** What the manifest does not tell (of redacted columns, of older versions) is not compared. */
function columnFindings(
  told: ManifestColumnFacts,
  found: Partial<Record<keyof typeof statistics | 'sum', string | number>>,
  { file, column }: { readonly file: string; readonly column: string },
): Finding[] {
  const findings = (Object.keys(statistics) as (keyof typeof statistics)[]).flatMap((key) => {
    if (told[key] === undefined || told[key] === found[key]) return [];
    const values = { expected: String(told[key]), found: String(found[key] ?? 'none') };
    return [failure('statistics', file, `the ${statistics[key]} is another one`, { column, ...values })];
  });
  if (told.sum === undefined || found.sum === undefined || told.sum === found.sum) return findings;
  const message = 'the values are not those that the digest was made of';
  return [...findings, failure('digest', file, message, { column, expected: told.sum, found: String(found.sum) })];
}
