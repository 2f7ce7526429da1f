import { TidemarkError } from '../../../core/errors.js';
import { type TableName, textOf } from './table-name.js';

/** What the service says of a table or view. */
export interface TableFacts {
  /** `TABLE`, `VIEW`, … */
  readonly kind: string;
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** For so many days it can be read as it was. */
  readonly retentionDays: number;
  /** Whether it can. */
  readonly travels: boolean;
  /** When it was made, in microseconds since 1970. */
  readonly created: bigint;
  /** Its changes are told. */
  readonly tracksChanges: boolean;
}

type Row = Readonly<Record<string, string | null>>;

/** Kinds of tables that have no earlier moments, by the columns that say so. */
const withoutPast = ['is_external', 'is_hybrid'];

/** A row of `SHOW TABLES`. */
export function factsOfTable(row: Row): TableFacts {
  const retentionDays = Number(row['retention_time'] || 0);
  const special = withoutPast.find((column) => row[column] === 'Y');
  return {
    kind: special === undefined ? (row['kind'] ?? 'TABLE') : special.slice(3).toUpperCase() + ' TABLE',
    rows: numberOf(row['rows']),
    bytes: numberOf(row['bytes']),
    retentionDays,
    travels: retentionDays > 0 && special === undefined,
    created: createdOf(row),
    tracksChanges: row['change_tracking'] === 'ON',
  };
}

/** A row of `SHOW VIEWS`. */
export const factsOfView = (row: Row): TableFacts => ({
  kind: row['is_materialized'] === 'true' ? 'MATERIALIZED VIEW' : 'VIEW',
  ...{ rows: undefined, bytes: undefined, retentionDays: 0, travels: false, tracksChanges: false },
  created: createdOf(row),
});

/** @throws source.not-found */
export function notFound(name: TableName): TidemarkError {
  return new TidemarkError(
    'source.not-found',
    `there is no table or view ${textOf(name)}, or the role may not see it`,
    {
      hint: 'Names are folded to upper case where they are not "quoted". Grants: USAGE on database and schema, SELECT on the table.',
    },
  );
}

const numberOf = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined || text === '' ? undefined : Number(text);

const createdOf = (row: Row): bigint => microsOf(row['created_on'] ?? '0');

/** A moment as the session gives it, in microseconds since 1970. */
export function microsOf(text: string): bigint {
  const [seconds = '0', fraction = ''] = text.split('.');
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}
