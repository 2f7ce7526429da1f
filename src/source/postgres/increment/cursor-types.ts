import { TidemarkError } from '../../../core/errors.js';
import { missingColumn } from '../../../core/missing-column.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { parseDuration } from '../../../core/units.js';

/** How far one value of a cursor is from another. */
export interface CursorType {
  /** As SQL writes it, for casts. */
  readonly sql: string;
  /**
   * SQL of the value that lies `distance` below another one.
   * @param value SQL of that one
   * @throws request.invalid where there is no such distance between values of the type
   */
  below(value: string, distance: string): string;
  /** SQL that says whether a value lies in the future; absent: values are no times. */
  isAhead?(value: string): string;
}

/** Clocks of clients are ahead by moments; times without a zone by as much as zones are apart. */
const later = (than: '1 minute' | '1 day'): string =>
  `(pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) '${than}'::pg_catalog.interval)`;

const day = 86_400_000;

const time = (sql: string, tolerance: '1 minute' | '1 day'): CursorType => ({
  sql,
  below: (value, distance) =>
    `CAST(${value} OPERATOR(pg_catalog.-) '${parseDuration(distance, 'lag')} milliseconds'::pg_catalog.interval AS ${sql})`,
  isAhead: (value) => `${value} OPERATOR(pg_catalog.>) CAST(${later(tolerance)} AS ${sql})`,
});

/** A number may be below all of its type: then it is the smallest one. */
const whole = (sql: string, least: string): CursorType => ({
  sql,
  below: (value, distance) =>
    `CAST(GREATEST(${value}::pg_catalog."numeric" OPERATOR(pg_catalog.-) ${numberOf(distance)}, ${least}) AS ${sql})`,
});

const ordered = (sql: string): CursorType => ({
  sql,
  below: (value, distance) => {
    if (Number(distance) === 0) return value;
    throw notFar(distance, sql.replace('pg_catalog.', ''));
  },
});

/** By the type's object id, which is fixed for built-in types. */
const cursorTypes: Readonly<Record<number, CursorType>> = {
  1184: time('pg_catalog.timestamptz', '1 minute'),
  1114: time('pg_catalog."timestamp"', '1 day'),
  1082: {
    sql: 'pg_catalog.date',
    below: (value, distance) =>
      `(${value} OPERATOR(pg_catalog.-) ${Math.ceil(parseDuration(distance, 'lag') / day)}::pg_catalog.int4)`,
    isAhead: (value) => `${value} OPERATOR(pg_catalog.>) ${later('1 day')}::pg_catalog.date`,
  },
  21: whole('pg_catalog.int2', '-32768'),
  23: whole('pg_catalog.int4', '-2147483648'),
  20: whole('pg_catalog.int8', '-9223372036854775808'),
  1700: {
    sql: 'pg_catalog."numeric"',
    below: (value, distance) => `(${value} OPERATOR(pg_catalog.-) ${numberOf(distance)})`,
  },
  25: ordered('pg_catalog.text'),
  1043: ordered('pg_catalog.text'),
  2950: {
    sql: 'pg_catalog.uuid',
    below: (value, distance) => (Number(distance) === 0 ? value : earlierUuid(value, parseDuration(distance, 'lag'))),
    isAhead: (value) =>
      `${millisecondsOf(value)} OPERATOR(pg_catalog.>) (EXTRACT(epoch FROM ${later('1 minute')}) OPERATOR(pg_catalog.*) 1000)`,
  },
};

/** A UUID of version 7 begins with its time, in 48 bits of milliseconds; of others those bits are 0. RFC 9562, section 5.7. */
function millisecondsOf(value: string): string {
  const digits = `pg_catalog.replace(${value}::pg_catalog.text, '-', '')`;
  const bits = `('x' OPERATOR(pg_catalog.||) pg_catalog.lpad(pg_catalog.left(${digits}, 12), 16, '0'))::pg_catalog."bit"(64)::pg_catalog.int8`;
  return `(CASE WHEN pg_catalog.substr(${digits}, 13, 1) OPERATOR(pg_catalog.=) '7' THEN ${bits} ELSE 0 END)`;
}

function earlierUuid(value: string, milliseconds: number): string {
  const earlier = `GREATEST(${millisecondsOf(value)} OPERATOR(pg_catalog.-) ${milliseconds}, 0)`;
  return `pg_catalog.rpad(pg_catalog.lpad(pg_catalog.to_hex(${earlier}), 12, '0') OPERATOR(pg_catalog.||) '7', 32, '0')::pg_catalog.uuid`;
}

function numberOf(distance: string): string {
  if (/^\d+(?:\.\d+)?$/.test(distance)) return `${distance}::pg_catalog."numeric"`;
  throw new TidemarkError('request.invalid', `lag: "${distance}" is a duration, and the cursor is a number`, {
    hint: 'Give a number, for example --lag 1000.',
  });
}

function notFar(distance: string, type: string): TidemarkError {
  return new TidemarkError('request.invalid', `lag: "${distance}" means nothing between values of ${type}`, {
    hint: 'Give --lag 0, which says that no row comes later than one with a larger value; or another cursor.',
  });
}

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
export function cursorTypeOf(name: string, columns: readonly ColumnFacts[]): CursorType {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) throw missingColumn('cursor', name, [{ columns }]);
  const type = cursorTypes[column.oid];
  if (type !== undefined) return type;
  throw new TidemarkError(
    'request.invalid',
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    {
      hint: 'A cursor is a timestamp, date, whole number, numeric, text or uuid. Cast it in a query.',
    },
  );
}
