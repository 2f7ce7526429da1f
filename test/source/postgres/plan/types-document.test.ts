import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { geometries } from '../../../snapshot/types/extensions-specimens.js';
import { textTypes } from '../../../snapshot/types/specimens-as-text.js';
import { nestedTypes } from '../../../snapshot/types/specimens-nested.js';
import { decodedTypes, type Specimen, wideDecimals } from '../../../snapshot/types/specimens.js';
import { withTables } from './types-document-cells.js';
import { anyOther, documentedTypes, typeTables } from './types-document.js';

const path = new URL('../../../../docs/types.md', import.meta.url).pathname;

// `npx vitest run test/source/postgres/plan/types-document.test.ts -u` writes the tables anew.
it('docs/types.md has the types that the source has', async () => {
  const page = withTables(await readFile(path, 'utf8'), typeTables);
  for (const table of Object.values(typeTables)) expect(page).toContain(table);
  await expect(page).toMatchFileSnapshot(path);
});

/** Of `geometry (postgis)` the type. */
const withoutExtension = (name: string): string => name.replace(/ \(\w+\)$/, '');

/** As the specimens write what the table calls otherwise. */
const specimenNames: Readonly<Record<string, string>> = {
  'double precision': 'float8',
  'character varying': 'varchar',
  character: 'char',
  'time without time zone': 'time',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time with time zone': 'timetz',
  'bit varying': 'varbit',
  'integer[]': 'int[]',
  'an enum': 'mood',
  'a composite type': 'pair',
  [anyOther]: 'point',
};

/** No server of the tests has what they are of; test/source/postgres/decode holds their decoders to random values. */
const withoutServer = ['vector', 'halfvec (vector)', 'lquery (ltree)'];

const specimens: readonly (Specimen & { readonly cast?: string })[] = [
  ...[...decodedTypes, ...textTypes, ...nestedTypes],
  ...[...geometries, ...wideDecimals],
];

/** Fields of structs are called one way in the table, and another where they are tried. */
const withoutNames = (arrow: string): string => arrow.replaceAll(/(\w+|"[^"]*"): /g, '');

function isHeld({ name, arrow, exactness, cast }: (typeof documentedTypes)[number]): boolean {
  const names = [withoutExtension(name), specimenNames[name]];
  return specimens.some(
    (specimen) =>
      (names.includes(specimen.sql) || names.includes(specimen.sql.replace(/\(.*/, ''))) &&
      withoutNames(specimen.arrow) === withoutNames(arrow) &&
      (cast === undefined ? (specimen.exactness ?? 'exact') === exactness : specimen.cast === cast),
  );
}

it('every line of the tables is among what readers are held to', () => {
  // A cast to text is the same for every type.
  const unheld = documentedTypes.filter((one) => one.cast !== 'text' && !isHeld(one)).map(({ name }) => name);
  expect(unheld.filter((name) => !withoutServer.includes(name))).toEqual([]);
});
