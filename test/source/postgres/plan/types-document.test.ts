import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { typeTable } from '../../../../src/source/postgres/plan/type-rule.js';
import { decodedTypes } from '../../../snapshot/types/specimens.js';
import { textTypes } from '../../../snapshot/types/specimens-as-text.js';
import { typeTables } from './types-document.js';

const path = new URL('../../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/postgres/plan/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = await readFile(path, 'utf8');
  const fresh = page.replace(
    /(<!-- (types|casts) -->\n)[^]*?(<!-- \/\2 -->)/g,
    (_, begin: string, name: 'types' | 'casts', end: string) => `${begin}\n${typeTables[name]}\n\n${end}`,
  );
  for (const table of Object.values(typeTables)) expect(fresh).toContain(table);
  await expect(fresh).toMatchFileSnapshot(path);
});

it('every type of the table is among those that readers are held to', () => {
  const kinds = Object.values(typeTable).map(({ name }) => name);
  const aliases: Readonly<Record<string, string>> = {
    'double precision': 'float8',
    'character varying': 'varchar',
    character: 'char',
    'time without time zone': 'time',
    'timestamp without time zone': 'timestamp',
    'timestamp with time zone': 'timestamptz',
    'time with time zone': 'timetz',
    'bit varying': 'varbit',
  };
  const held = new Set([...decodedTypes, ...textTypes].map(({ sql }) => sql.replace(/\(.*/, '')));
  expect(kinds.filter((name) => !held.has(name) && !held.has(aliases[name]!))).toEqual([]);
});
