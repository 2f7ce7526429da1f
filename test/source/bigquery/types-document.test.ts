import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type BigqueryField, typeText } from '../../../src/source/bigquery/connection/field.js';
import { withTables } from '../postgres/plan/types-document-cells.js';
import { everyType } from './tables.js';
import { entries, typeTables } from './types-document.js';

const path = new URL('../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/bigquery/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = withTables(await readFile(path, 'utf8'), typeTables);
  for (const table of Object.values(typeTables)) expect(page).toContain(table);
  await expect(page).toMatchFileSnapshot(path);
});

/** Types that no table of the stand-in has, and why. */
const withoutSpecimen = {
  'TIMESTAMP(12)': 'it keeps microseconds',
};

it('every type of the table is among those that readers are held to', () => {
  const held = new Set(everyType.schema.map((field) => typeText(field as BigqueryField)));
  const unheld = entries.map(({ field }) => typeText(field)).filter((text) => !held.has(text));
  expect(unheld).toEqual(Object.keys(withoutSpecimen));
});

it('every type that readers are held to is in the table', () => {
  const documented = new Set(entries.map(({ field }) => typeText(field)));
  expect(
    everyType.schema.map((field) => typeText(field as BigqueryField)).filter((text) => !documented.has(text)),
  ).toEqual([]);
});
