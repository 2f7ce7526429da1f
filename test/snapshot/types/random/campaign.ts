import type { Reader } from '../../../readers/index.js';
import { differenceOf } from '../readers-agree.js';
import type { ExpectedColumn } from '../specimen-table.js';

const asked = Number(process.env['TIDEMARK_TEST_TABLES'] ?? 0);
const perBatch = asked > 0 ? 40 : 8;
const firstSeed = Number(process.env['TIDEMARK_TEST_SEED'] ?? 20_260_201);

export const isCampaign = asked > 0;

/** Each of the two servers has half of the tables that are asked for, in batches of a seed each. */
export const batches = Array.from({ length: Math.max(1, Math.ceil(asked / 2 / perBatch)) }, (_, i) => ({
  seed: firstSeed + i,
  tables: perBatch,
  /** Slower readers take part in some batches. */
  isTenth: (firstSeed + i) % 10 === 0,
}));

/** What a reader shows otherwise than the server, a line for each column that it does. */
export async function differences(
  reader: Reader,
  files: readonly string[],
  expected: readonly ExpectedColumn[],
  where: string,
): Promise<string[]> {
  if ((await reader.unavailable()) !== undefined) return [];
  const parts = await Promise.all(files.map((file) => reader.read(file)));
  return expected.flatMap((column, i) => {
    const at = `${where}, column ${column.name} ${column.arrow}, ${reader.name}`;
    const shown = parts.flatMap((part) => part[i]!.values);
    if (shown.length !== column.values.length) return [`${at}: ${shown.length} rows of ${column.values.length}`];
    const found = differenceOf(reader.name, column, shown);
    return found === undefined ? [] : [`${at}: ${JSON.stringify(found)}`];
  });
}

/** Says in a long run how far it is; the seed is what makes the batch again. */
export function tell(server: string, seed: number, tables: number, found: readonly string[]): void {
  if (!isCampaign) return;
  process.stdout.write(`${server}, seed ${seed}: ${tables} tables, ${found.length} differences\n`);
  for (const line of found) process.stdout.write(`  ${line.slice(0, 4000)}\n`);
}
