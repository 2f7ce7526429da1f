import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fieldType } from '../../../../src/source/mysql/plan/field-types.js';
import { simpleRules } from '../../../../src/source/mysql/plan/type-table.js';
import { ruleOf } from '../../../../src/source/mysql/plan/types.js';
import { specimens } from '../../../snapshot/mysql/specimens.js';
import { withTables } from '../../postgres/plan/types-document-cells.js';
import { documentedTypes, entries, fieldOf, typeTables } from './types-document.js';

const path = new URL('../../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/mysql/plan/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = withTables(await readFile(path, 'utf8'), typeTables);
  for (const table of Object.values(typeTables)) expect(page).toContain(table);
  await expect(page).toMatchFileSnapshot(path);
});

it('the table has every type code that a result can have', () => {
  const documented = new Set(entries.flatMap(({ codes }) => codes));
  const missing = Object.entries(fieldType).filter(([, code]) => !documented.has(code));
  expect(missing).toEqual([]);
});

it('the table has every rule of what the type code alone decides', () => {
  const documented = new Set(entries.flatMap((entry) => entry.codes.map((code) => ruleOf(fieldOf(entry, code)))));
  const missing = Object.entries(simpleRules).flatMap(([code, rules]) =>
    rules.filter((rule) => rule !== undefined && !documented.has(rule)).map((rule) => [code, rule]),
  );
  expect(missing).toEqual([]);
});

/** Types that no column of a table of MariaDB 10.11 is of, and why. */
const withoutSpecimen: Readonly<Record<string, string>> = {
  'JSON of MySQL': 'MariaDB has no type for it, but a constraint of a text',
  VECTOR: 'MySQL has it from 9.0 on, MariaDB from 11.7 on',
  NULL: 'only a query has it',
};

const withoutLengths = (sql: string): string => sql.replace(/\(.*?\)/, '');

/** How the table may call the type of a specimen: as it is, and without lengths, labels and what is said of its characters. */
function namesOf(sql: string): readonly string[] {
  const type = sql.replace(/ (null|character set (?!binary).*|collate .*)$/i, '').toUpperCase();
  return [type, withoutLengths(type)];
}

it('every type of the table is among those that readers are held to', () => {
  const isHeld = ({ name, arrow, exactness }: (typeof documentedTypes)[number]): boolean =>
    specimens.some((one) => namesOf(one.sql).includes(name) && one.arrow === arrow && one.exactness === exactness);
  const unheld = documentedTypes.filter((one) => !isHeld(one)).map(({ name }) => name);
  expect([...new Set(unheld)].sort()).toEqual(Object.keys(withoutSpecimen).sort());
});

it('every type that readers are held to is in the table', () => {
  const documented = new Set(entries.flatMap(({ types }) => types.map(withoutLengths)));
  // What is generated is of a type that is there without it.
  const own = specimens.filter(({ sql }) => !sql.includes('GENERATED'));
  expect(own.filter(({ sql }) => !documented.has(namesOf(sql)[1]!))).toEqual([]);
});
