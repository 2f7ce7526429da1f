import { columnsOf } from '../../../src/source/redshift/plan/columns.js';
import { typeTable, typeText } from '../../../src/source/redshift/plan/type-rule.js';
import { type TypeLine, typeTableOf } from '../postgres/plan/types-document-cells.js';

/** Types whose modifier says something. */
const modifiers: Readonly<Record<number, number>> = { 1700: ((38 << 16) | 10) + 4, 1042: 6 + 4, 1043: 40 + 4 };

interface Entry {
  readonly oid: number;
  readonly typmod: number;
  readonly cast?: string;
}

const entries: readonly Entry[] = [
  ...Object.keys(typeTable).map(Number),
  // A computed number whose scale is not told.
  0,
].map((oid) => (oid === 0 ? { oid: 1700, typmod: -1 } : { oid, typmod: modifiers[oid] ?? -1 }));

const casts: readonly Entry[] = [
  { oid: 20, typmod: -1, cast: 'int32' },
  { oid: 1700, typmod: modifiers[1700]!, cast: 'int64' },
  { oid: 1700, typmod: modifiers[1700]!, cast: 'decimal(12,2)' },
  { oid: 1114, typmod: -1, cast: 'text' },
];

const asked = { name: 't', redacted: [], limit: undefined, dateColumn: undefined };

function lineOf({ oid, typmod, cast }: Entry): TypeLine {
  const facts = { name: 'col', oid, typmod };
  const [column] = columnsOf([facts], { request: { ...asked, casts: cast ? { col: cast } : {} }, secrets: [] });
  const source = `\`${typeText(facts)}\`${cast === undefined ? '' : `, \`--cast col=${cast}\``}`;
  return { source, column: column!, remark: undefined };
}

/** The tables of docs/types.md by the name of their section, from the rules that the source itself uses. */
export const typeTables = {
  'redshift types': typeTableOf('Redshift', entries.map(lineOf)),
  'redshift casts': typeTableOf('Redshift', casts.map(lineOf)),
};
