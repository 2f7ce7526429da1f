import { expect } from 'vitest';
import type { Reader } from '../../../readers/index.js';
import { differenceOf } from '../readers-agree.js';
import type { ExpectedColumn } from '../specimen-table.js';

const asked = Number(process.env['TIDEMARK_TEST_TABLES'] ?? 0);
const perBatch = asked > 0 ? 40 : 5;
const firstSeed = Number(process.env['TIDEMARK_TEST_SEED'] ?? 20_260_201);

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

/** Runs a batch, which adds what is wrong; in a long run it says how far that is. The seed is what makes the batch again. */
export async function runBatch(
  server: string,
  { seed, tables }: { readonly seed: number; readonly tables: number },
  run: (wrong: string[]) => Promise<void>,
): Promise<void> {
  const wrong: string[] = [];
  try {
    await run(wrong);
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error));
  }
  if (asked > 0) {
    process.stdout.write(`${server}, seed ${seed}: ${tables} tables, ${wrong.length} differences\n`);
    for (const line of wrong) process.stdout.write(`  ${line.slice(0, 4000)}\n`);
  }
  expect(wrong, `${server}, seed ${seed}`).toEqual([]);
}
