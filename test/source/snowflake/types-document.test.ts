import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { typeText } from '../../../src/source/snowflake/connection/field.js';
import { withTables } from '../postgres/plan/types-document-cells.js';
import { everyType } from './tables.js';
import { entries, typeTables } from './types-document.js';

const path = new URL('../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/snowflake/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = withTables(await readFile(path, 'utf8'), typeTables);
  for (const table of Object.values(typeTables)) expect(page).toContain(table);
  await expect(page).toMatchFileSnapshot(path);
});

it('every type of the table is among those that readers are held to, and the other way round', () => {
  const documented = new Set(entries.map(({ field }) => typeText(field)));
  const held = new Set(everyType.columns!.map(({ type }) => type.replace(/^(\w+)\((\w+), (\d)\)$/, '$1($2, $3)')));
  expect([...documented].sort()).toEqual([...held].sort());
});
