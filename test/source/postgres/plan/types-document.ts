import { typeName } from '../../../../src/core/types.js';
import type { TypeFacts } from '../../../../src/source/postgres/plan/type-facts.js';
import { extensionTypes } from '../../../../src/source/postgres/plan/extension-types.js';
import { typeTable } from '../../../../src/source/postgres/plan/type-rule.js';
import { planColumn } from '../../../../src/source/postgres/plan/types.js';
import { type TypeLine, typeTableOf } from './types-document-cells.js';

const numericOid = 1700;

/** What people should know of a decoder's types beside the ledger's own note; by the decoder's name. */
const remarks: Readonly<Record<string, string>> = {
  float4: 'NaN, infinities and −0 arrive; every NaN is the same NaN',
  float8: 'NaN, infinities and −0 arrive; every NaN is the same NaN',
  array: 'one dimension, whose first element is number 1, or no elements; others are misfits',
  interval: 'never made of one another; infinities are misfits',
  range: 'a bound that is NULL is none',
  multirange: 'its ranges in their order',
  date: '4713 BC to 5874897; infinities are misfits',
  time: '24:00:00 is a misfit',
  timestamp: '4713 BC to 294247-01-10 04:00:54.775807; what is later, and infinities, are misfits',
  timestamptz:
    'the instant, in UTC; 4713 BC to 294247-01-10 04:00:54.775807; what is later, and infinities, are misfits',
  json: 'the text as it is, with its spaces and repeated keys',
  jsonb: 'the text that the server makes of it',
};

function factsOf(facts: Partial<TypeFacts>): TypeFacts {
  return { name: '', oid: 0, typmod: -1, kind: 'b', domain: false, ...facts };
}

interface Entry extends Partial<TypeFacts> {
  readonly cast?: string;
}

/** A type with its modifier as the server has it (`numeric.c`, make_numeric_typmod). */
const numeric = (precision: number, scale: number, cast?: string): Entry => ({
  name: `numeric(${precision},${scale})`,
  oid: numericOid,
  typmod: ((precision << 16) | (scale & 0x7ff)) + 4,
  ...(cast !== undefined && { cast }),
});

const part = (name: string, oid: number) => ({ name: 'part', typeId: oid, facts: factsOf({ name, oid }) });
const integer = part('integer', 23);
const words = part('text', 25);
const unbounded = part('numeric', numericOid);

/** What has no rule of its own. */
export const anyOther = 'geometric types, tsvector, tsquery, regclass and its like, an extension’s type, any other';

const entries: readonly Entry[] = [
  ...Object.entries(typeTable)
    .map(([oid, { name }]): Entry => ({ name, oid: Number(oid) }))
    .sort((a, b) => order(a) - order(b)),
  numeric(9, 0),
  numeric(15, 2),
  numeric(38, 10),
  numeric(5, -2),
  numeric(3, 5),
  numeric(39, 0),
  { name: 'numeric', oid: numericOid },
  { name: 'an enum', kind: 'e' },
  { name: 'integer[]', array: true, parts: [integer] },
  { name: 'numeric[]', array: true, parts: [unbounded] },
  {
    name: 'a composite type',
    kind: 'c',
    parts: [
      { ...integer, name: 'id' },
      { ...words, name: 'label' },
    ],
  },
  { name: 'int4range', kind: 'r', parts: [integer] },
  { name: 'numrange', kind: 'r', parts: [unbounded] },
  {
    name: 'int4multirange',
    kind: 'm',
    parts: [{ ...integer, facts: { ...integer.facts, kind: 'r', oid: 0, parts: [integer] } }],
  },
  ...Object.keys(extensionTypes).map((extension) => {
    const [of, type] = extension.split('.');
    return { name: of === type ? `${type}` : `${type} (${of})`, extension };
  }),
  { name: anyOther },
];

const casts: readonly Entry[] = [
  { name: 'numeric', oid: numericOid, cast: 'decimal(20,4)' },
  numeric(39, 3, 'decimal256(39,3)'),
  { name: 'numeric', oid: numericOid, cast: 'decimal(76,38)' },
  { name: 'timestamp with time zone', oid: 1184, cast: 'text' },
];

/** Numbers, then texts and bytes, then times, then the rest: by what the table has them as. */
function order({ oid }: Entry): number {
  const kinds = [
    'bool',
    'int',
    'float',
    'decimal',
    'text',
    'binary',
    'uuid',
    'json',
    'date',
    'time',
    'timestamp',
    'struct',
  ];
  return kinds.indexOf(typeTable[oid!]!.rule.type.kind);
}

function lineOf({ cast, ...facts }: Entry): TypeLine {
  const known = factsOf(facts);
  const { column } = planColumn('col', known, { cast, redacted: false, secrets: [], unchecked: false, via: 'copy' });
  const { type, wire } = column;
  const remark =
    type.kind === 'decimal' && wire === 'numeric'
      ? 'NaN and infinities are misfits'
      : cast === 'text'
        ? undefined
        : remarks[wire];
  const isWords = /^an? /.test(known.name) || known.name === anyOther;
  const name = isWords ? known.name : `\`${known.name}\``;
  return { source: cast === undefined ? name : `${name}, \`--cast col=${cast}\``, column, remark };
}

/** What the tables say of types, for who holds them to it. */
export const documentedTypes = [...entries, ...casts].map((entry) => {
  const { type, exactness } = lineOf(entry).column;
  return { name: entry.name!, cast: entry.cast, arrow: typeName(type), exactness };
});

const table = (lines: readonly Entry[]): string => typeTableOf('PostgreSQL', lines.map(lineOf));

/** The tables of docs/types.md, from the type table that the source itself uses; by the name of their section. */
export const typeTables = { types: table(entries), casts: table(casts) };
