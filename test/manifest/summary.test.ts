import { describe, expect, test } from 'vitest';
import { buildManifest } from '../../src/manifest/build.js';
import { summariseVersion, summarySections } from '../../src/manifest/summary.js';
import { asking, input } from './inputs.js';

const summary = summariseVersion(buildManifest(input));
const sections = summarySections(summary);

const query = 'SELECT * FROM customers WHERE signup_date < :date::date AND key = :api_key';
const again = `tidemark snapshot --query '${query}' --param date=2024-01-15 --secret-param api_key --date 2024-01-15 --tag snapshot --tag 2024-q1 --tag production --property source_table=customers --property team=growth`;

function textOf(title: string): string {
  const lines = sections.find((section) => section.title === title)?.lines ?? [];
  return lines.map(([label, text]) => `${label}: ${text}`).join('\n');
}

describe('a version, for people', () => {
  test('is the same after a journey through JSON', () => {
    expect(JSON.parse(JSON.stringify(summary))).toEqual(
      JSON.parse(JSON.stringify(summariseVersion(buildManifest(input)))),
    );
    expect(summary).toMatchObject({ version: 'dataset://customer-data/2024-q1', rows: 5, command: again });
  });

  test('says what it is, where from, when and how to make it again', () => {
    expect(textOf('Version')).toContain(`id: ${summary.id}`);
    expect(textOf('Source')).toContain('database: production_db on db.example.com, as ml_pipeline');
    expect(textOf('Source')).toContain('consistency: all rows are of one moment (repeatable read)');
    expect(textOf('Source')).toContain('snapshotId: 00000003-0000001B-1');
    expect(textOf('Source')).not.toContain('lsn');
    expect(textOf('Run')).toContain('started: 2024-01-15T10:30:00.000Z');
    expect(textOf('Run')).toContain('commit-identifier: deadbeef');
    expect(textOf('Make it again')).toBe(
      `command: ${again}\nneeds: the connection to production_db on db.example.com, as ml_pipeline: --source, or DB_* or other variables of the database\nneeds: TIDEMARK_PARAM_API_KEY: the value of :api_key`,
    );
  });

  test('names the query and its parameters, of secret ones the name alone', () => {
    expect(textOf('Table customers')).toContain('query: SELECT * FROM customers WHERE signup_date < :date::date');
    expect(textOf('Table customers')).toContain(':date: 2024-01-15');
    expect(textOf('Table customers')).toContain(':api_key: (secret)');
    expect(JSON.stringify([summary, sections])).not.toContain('hunter2');
  });

  test('tells of every column how exactly it arrived', () => {
    expect(textOf('Columns of customers').split('\n')).toEqual([
      'customer_id: bigint → int64, exact, -1 to 9223372036854775807',
      'signup_date: date → date32, exact, 1 NULL, 2023-12-31 to 2024-03-31',
      'total_purchases: numeric(15,2) → decimal128(15,2), lossy, 2 NULL, -10.25 to 100.00, 2 misfits written as NULL',
      'email: text → utf8, exact, values redacted',
      'balance: numeric → utf8, widened, unbounded numeric is kept as exact text',
      'churn_label: boolean → bool, exact, 3 NULL, false to true',
    ]);
  });

  test('tells of a cast only where there is one, whatever a column is called, and of an empty text', () => {
    const [table] = asking({ casts: { email: 'text' } }).tables;
    const renamed = table!.plan.columns.map((column) =>
      column.name === 'balance' ? { ...column, name: 'constructor' } : column,
    );
    const made = buildManifest({ ...input, tables: [{ ...table!, plan: { ...table!.plan, columns: renamed } }] });
    const told = summariseVersion(made);
    const { columns } = told.tables[0]!;
    expect(columns.filter(({ cast }) => cast !== undefined).map(({ name }) => name)).toEqual(['email']);
    const [first, ...others] = columns;
    const emptied = { ...told.tables[0]!, columns: [{ ...first!, min: '', max: 'z' }, ...others] };
    expect(JSON.stringify(summarySections({ ...told, tables: [emptied] }))).toContain(`exact, \\"\\" to z`);
  });

  test('lists the files', () => {
    expect(textOf('Files of customers')).toContain(
      'customer-data-2024-q1-00000.parquet: 3 rows, 1.00 kB, sha-256 1111',
    );
  });

  test('says where only a part was read, and that consistency was not promised', () => {
    const limited = buildManifest({
      ...input,
      ...asking({ limit: 1000 }),
      certificate: { level: 'none', isolation: 'read committed' },
    });
    const text = JSON.stringify(summarySections(summariseVersion(limited)));
    expect(text).toContain('only 1,000 rows were read');
    expect(text).toContain('not promised: rows may be of different moments (read committed)');
  });
});
