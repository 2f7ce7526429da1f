import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withTables } from '../postgres/plan/types-document-cells.js';
import { typeTables } from './types-document.js';

const path = new URL('../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/redshift/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = withTables(await readFile(path, 'utf8'), typeTables);
  for (const table of Object.values(typeTables)) expect(page).toContain(table);
  await expect(page).toMatchFileSnapshot(path);
});
