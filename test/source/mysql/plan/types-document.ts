import { typeName } from '../../../../src/core/types.js';
import {
  binaryCharacterSet,
  type FieldFacts,
  fieldFlag,
  fieldType,
} from '../../../../src/source/mysql/plan/field-types.js';
import { type CatalogFacts, planColumn } from '../../../../src/source/mysql/plan/types.js';
import { type TypeLine, typeTableOf } from '../../postgres/plan/types-document-cells.js';

/** A line of the table: types that arrive alike, as SQL writes them, and what the server says of their columns. */
interface Entry {
  readonly types: readonly string[];
  /** The server that has them, where the other has none of that name, or another one. */
  readonly only?: 'MariaDB' | 'MySQL';
  /** Type codes, each of which the server may say of such a column. */
  readonly codes: readonly number[];
  readonly field?: Partial<FieldFacts>;
  readonly catalog?: Partial<CatalogFacts>;
  /** What people should know beside the ledger's own note. */
  readonly remark?: string;
  readonly cast?: string;
}

const unsigned: Partial<FieldFacts> = { flags: fieldFlag.unsigned };
const bytes: Partial<FieldFacts> = { characterSet: binaryCharacterSet };

/** Which of them it is depends on the declared length and on what a query does with it. */
const shortCodes = [fieldType.string, fieldType.varString, fieldType.varchar];
const blobCodes = [fieldType.blob, fieldType.tinyBlob, fieldType.mediumBlob, fieldType.longBlob];

/** A type with one code, which says all. */
const simple = (type: string, code: number, remark?: string): Entry => ({
  types: [type],
  codes: [code],
  ...(remark !== undefined && { remark }),
});

/** A decimal; the server counts its point and its sign, unless it is unsigned, among the characters of its length. */
const decimal = (precision: number, scale: number, more: Partial<Entry> = {}): Entry => ({
  types: [`DECIMAL(${precision},${scale})`],
  codes: [fieldType.decimal],
  field: { length: precision + (scale > 0 ? 1 : 0) + 1, decimals: scale },
  ...more,
});

const bit = (length: number, remark?: string): Entry => ({
  ...simple(`BIT(${length})`, fieldType.bit, remark),
  field: { length },
});

const integers: readonly Entry[] = [
  simple('TINYINT', fieldType.tiny),
  { types: ['BOOLEAN', 'TINYINT(1)'], codes: [fieldType.tiny], field: { length: 1 } },
  { types: ['TINYINT UNSIGNED'], codes: [fieldType.tiny], field: unsigned },
  simple('SMALLINT', fieldType.short),
  { types: ['SMALLINT UNSIGNED'], codes: [fieldType.short], field: unsigned },
  simple('MEDIUMINT', fieldType.int24),
  { types: ['MEDIUMINT UNSIGNED'], codes: [fieldType.int24], field: unsigned },
  simple('INT', fieldType.long),
  {
    types: ['INT UNSIGNED', 'INT ZEROFILL'],
    codes: [fieldType.long],
    field: unsigned,
    remark: 'whatever is ZEROFILL is unsigned, and arrives as the number, without its zeros',
  },
  simple('BIGINT', fieldType.longlong),
  {
    types: ['BIGINT UNSIGNED', 'BIGINT ZEROFILL'],
    codes: [fieldType.longlong],
    field: unsigned,
    remark: 'with the cast, larger ones are misfits',
  },
  simple('YEAR', fieldType.year),
  bit(1),
  { ...bit(17, 'of 2 to 63 bits'), types: ['BIT(17)', 'BIT(63)'] },
  bit(64),
];

const otherNumbers: readonly Entry[] = [
  simple('FLOAT', fieldType.float, 'the number that is kept, not the six digits that clients show of it'),
  simple('DOUBLE', fieldType.double, 'the number that is kept, also where it is declared with fewer places'),
  decimal(5, 5),
  decimal(15, 2),
  decimal(38, 10),
  decimal(10, 3, { types: ['DECIMAL(10,3) UNSIGNED'], field: { ...unsigned, length: 11, decimals: 3 } }),
  decimal(65, 30),
];

const times: readonly Entry[] = [
  simple('DATE', fieldType.date),
  simple('DATETIME', fieldType.datetime, 'of no zone, with up to six places'),
  simple('TIMESTAMP', fieldType.timestamp, 'the instant, whatever zone the server shows it in'),
  simple('TIME', fieldType.time, 'the server has them up to ±838:59:59'),
];

const texts: readonly Entry[] = [
  {
    types: ['CHAR', 'VARCHAR'],
    codes: shortCodes,
    remark: 'from any character set; of CHAR without the spaces at its end',
  },
  { types: ['TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT'], codes: blobCodes, remark: 'from any character set' },
  { types: ['ENUM'], codes: [fieldType.string], field: { flags: fieldFlag.enum }, remark: 'its labels' },
  { types: ['SET'], codes: [fieldType.string], field: { flags: fieldFlag.set }, remark: 'its names, with commas' },
  { types: ['INET4', 'INET6'], only: 'MariaDB', codes: [fieldType.string], remark: 'as the server shows them' },
  {
    types: ['UUID'],
    only: 'MariaDB',
    codes: [fieldType.string],
    catalog: { dataType: 'uuid' },
    remark: 'of a table or view; of a query it is text. BINARY(16) stays bytes',
  },
  {
    types: ['JSON'],
    only: 'MariaDB',
    codes: blobCodes,
    catalog: { isJson: true },
    remark:
      'a LONGTEXT with the constraint json_valid(…), of a table; of a view or query it is text. The text as it is',
  },
  { ...simple('JSON', fieldType.json, 'the text that the server makes of it'), only: 'MySQL' },
  simple('NULL', fieldType.nothing, 'a column of a query that says nothing of its type'),
];

const binaries: readonly Entry[] = [
  { types: ['BINARY', 'VARBINARY'], codes: shortCodes, field: bytes },
  {
    types: ['TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB', 'TEXT CHARACTER SET BINARY'],
    codes: blobCodes,
    field: bytes,
  },
  {
    types: [
      ...['GEOMETRY', 'POINT', 'LINESTRING', 'POLYGON'],
      ...['MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON', 'GEOMETRYCOLLECTION'],
    ],
    codes: [fieldType.geometry],
  },
  simple('VECTOR', fieldType.vector),
];

/** Every type that a result of either server may have. */
export const entries: readonly Entry[] = [...integers, ...otherNumbers, ...times, ...texts, ...binaries];

const casts: readonly Entry[] = [
  { types: ['TINYINT(1)'], codes: [fieldType.tiny], field: { length: 1 }, cast: 'bool' },
  { types: ['BIGINT UNSIGNED'], codes: [fieldType.longlong], field: unsigned, cast: 'int64' },
  decimal(65, 30, { cast: 'decimal256(65,30)' }),
  { ...simple('TIME', fieldType.time), cast: 'text' },
  { ...simple('FLOAT', fieldType.float, 'that of the double, with all digits'), cast: 'text' },
];

/** utf8mb4_general_ci. */
const anyText = 45;

/** What the server says of a column of the entry, with one of its codes. */
export function fieldOf({ field }: Entry, type: number): FieldFacts {
  return { name: 'col', type, flags: 0, characterSet: anyText, length: 11, decimals: 0, ...field };
}

function plannedOf(entry: Entry, code: number): TypeLine['column'] {
  const catalog = entry.catalog && { columnType: '', dataType: '', isJson: false, ...entry.catalog };
  return planColumn(fieldOf(entry, code), catalog, { cast: entry.cast, redacted: false, secrets: [] }).column;
}

function lineOf(entry: Entry): TypeLine {
  const { types, only, codes, cast, remark } = entry;
  const source = [
    types.map((type) => `\`${type}\``).join(', '),
    ...(only === undefined ? [] : [` (${only})`]),
    ...(cast === undefined ? [] : [`, \`--cast col=${cast}\``]),
  ].join('');
  return { source, column: plannedOf(entry, codes[0]!), remark };
}

/** The tables of docs/types.md by the name of their section, from the rules that the source itself uses. */
export const typeTables = {
  'mysql types': typeTableOf('MySQL, MariaDB', entries.map(lineOf)),
  'mysql casts': typeTableOf('MySQL, MariaDB', casts.map(lineOf)),
};

/** What the table says of types, for who holds them to it: a line for each type and each code that the server may say. */
export const documentedTypes = entries.flatMap((entry) =>
  entry.types.flatMap((type) =>
    entry.codes.map((code) => {
      const column = plannedOf(entry, code);
      const name = entry.only === 'MySQL' ? `${type} of MySQL` : type;
      return { name, arrow: typeName(column.type), exactness: column.exactness };
    }),
  ),
);
