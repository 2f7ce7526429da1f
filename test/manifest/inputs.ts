import { Secret } from '../../src/core/secret.js';
import type { ShardReceipt } from '../../src/core/shard.js';
import type { Column } from '../../src/core/types.js';
import type { ManifestInput, ManifestPlan, WrittenTable } from '../../src/manifest/build-input.js';
import { formatOf } from '../../src/shard/registry.js';
import { factsOf, type ToldFacts } from './facts.js';

export function column(name: string, sourceType: string, type: Column['type'], more: Partial<Column> = {}): Column {
  return { name, sourceType, type, wire: name, exactness: 'exact', redacted: false, ...more };
}

export function receipt(group: number, rows: number, told: readonly ToldFacts[]): ShardReceipt {
  const sha256 = String(group).repeat(64).slice(0, 64);
  return {
    table: 0,
    group,
    part: 0,
    path: `customer-data-2024-q1-0000${group - 1}.parquet`,
    rows,
    bytes: 1000 + group,
    sha256,
    rowGroups: 1,
    facts: factsOf(columns, rows, told),
  };
}

export const columns: readonly Column[] = [
  column('customer_id', 'bigint', { kind: 'int', bits: 64 }),
  column('signup_date', 'date', { kind: 'date' }),
  column('total_purchases', 'numeric(15,2)', { kind: 'decimal', precision: 15, scale: 2 }),
  column('email', 'text', { kind: 'text' }, { redacted: true }),
  column(
    'balance',
    'numeric',
    { kind: 'text' },
    { exactness: 'widened', note: 'unbounded numeric is kept as exact text' },
  ),
  column('churn_label', 'boolean', { kind: 'bool' }),
];

const query = 'SELECT * FROM customers WHERE signup_date < :date::date AND key = :api_key';

export const plan: ManifestPlan = {
  sourceKind: 'postgres',
  source: {
    parameters: [
      { name: 'date', value: '2024-01-15' },
      { name: 'api_key', value: new Secret('hunter2-secret-value') },
      { name: 'unused', value: 'not named in the query' },
    ],
    via: 'copy',
  },
  misfits: { misfit: 'null', infinity: 'misfit' },
  dataset: 'customer-data',
  version: '2024-q1',
  from: 'dataset://customer-data/2023-q4',
  tags: ['snapshot', '2024-q1', 'production'],
  alias: 'production',
  properties: { team: 'growth', source_table: 'customers' },
  format: 'parquet',
  compression: 'snappy',
  shardSize: 134217728,
  csv: undefined,
  datasetCard: false,
  digest: true,
  maskKey: undefined,
  label: undefined,
  sample: undefined,
  split: undefined,
  date: '2024-01-15',
  timeZone: 'Europe/Helsinki',
  startedAt: new Date('2024-01-15T10:30:00.000Z'),
  run: 'k3v9',
  lineage: { platform: 'valohai', 'execution-id': '018d0c0f', 'commit-identifier': 'deadbeef' },
  command: 'tidemark snapshot --query-file customers.sql --param date=2024-01-15 --secret-param api_key',
};

/** The input, its table asked for otherwise. */
export function asking(change: Partial<WrittenTable['request']>): Pick<ManifestInput, 'tables'> {
  return { tables: input.tables.map((table) => ({ ...table, request: { ...table.request, ...change } })) };
}

export const input: ManifestInput = {
  plan,
  expectations: [],
  tables: [
    {
      plan: { name: 'customers', table: undefined, query, columns },
      request: { casts: {}, redacted: ['email'], limit: undefined, dateColumn: 'signup_date' },
      targets: [
        {
          shards: [
            receipt(1, 3, [
              { nulls: 0, min: '9007199254740993', max: '9223372036854775807' },
              { nulls: 1, min: '2023-12-31', max: '2024-01-02' },
              { nulls: 2, nulled: 2, min: '-0.50', max: '99.00' },
              { nulls: 0, min: 'anna@example.com', max: 'zoe@example.com' },
              { nulls: 0, min: '1e-130', max: '9' },
              { nulls: 3 },
            ]),
            receipt(2, 2, [
              { nulls: 0, min: '-1', max: '10' },
              { nulls: 0, min: '2024-01-01', max: '2024-03-31' },
              { nulls: 0, min: '-10.25', max: '100.00' },
              { nulls: 0, min: 'bo@example.com', max: 'hunter2-secret-value' },
              { nulls: 0, min: '10', max: 'hunter2-secret-value' },
              { nulls: 0, min: 'false', max: 'true' },
            ]),
          ],
        },
      ],
    },
  ],
  rowGroup: { rows: 1048576, bytes: 67108864 },
  storedAs: (await formatOf('parquet').load()).typeName,
  tool: { name: 'tidemark', version: '0.1.0', node: '22.15.0' },
  server: { kind: 'postgres', version: '16.4', database: 'production_db', host: 'db.example.com', user: 'ml_pipeline' },
  certificate: { level: 'snapshot', isolation: 'repeatable read', snapshotId: '00000003-0000001B-1', lsn: undefined },
  lanes: 2,
  load: { connections: 3, longestTransactionSeconds: 12.5 },
  seconds: 12.5,
  warnings: ['2 values of column "total_purchases" did not fit and are NULL'],
  retries: 0,
};

/** The shards of the input's only table. */
export const inputShards = input.tables[0]!.targets[0]!.shards;
