import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { type BigQueryStandIn, startBigQuery } from '../servers/bigquery/bigquery.js';
import { type SnowflakeStandIn, startSnowflake } from '../servers/snowflake/snowflake.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';

/* Large enough to be cut into several ranges, which is done by bytes of the source. */
const rows = 150_000;
const width = 1500;
const count = 3;
/** Of each member: one alone would need a quarter of a minute, so that all others have started before it is done. */
const rate = '15MB';

/** A warehouse, and what it has seen. */
interface Warehouse {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): void;
}

async function snowflake(): Promise<Warehouse & { readonly service: SnowflakeStandIn }> {
  const service = await startSnowflake({ chunkRows: 9_000, partitionRows: 7_000 });
  await service.createTable({
    table: 'WIDE',
    columns: [
      { name: 'ID', type: 'NUMBER(18,0)' },
      { name: 'NOTE', type: 'VARCHAR' },
    ],
    generate: `SELECT range::DECIMAL(18,0), repeat(md5(range::VARCHAR), ${Math.ceil(width / 32)}) FROM range(${rows})`,
  });
  return {
    service,
    words: ['--source', `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`],
    env: { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile() },
    stop: () => service.stop(),
  };
}

async function bigquery(): Promise<Warehouse & { readonly service: BigQueryStandIn }> {
  const service = await startBigQuery({ rowsPerStream: 20_000 });
  await service.createTable({
    dataset: 'shop',
    table: 'wide',
    schema: [
      { name: 'id', type: 'INT64', mode: 'REQUIRED' },
      { name: 'note', type: 'STRING' },
    ],
    generate: `SELECT range, repeat(md5(range::VARCHAR), ${Math.ceil(width / 32)}) FROM range(${rows})`,
  });
  return {
    service,
    words: ['--source', service.url('shop')],
    env: { ...service.env, GCP_IAM: '1' },
    stop: () => service.stop(),
  };
}

function run(
  { words, env }: Warehouse,
  asked: readonly string[],
  out: string,
  member: string | undefined,
): Promise<CliRun> {
  const own = member === undefined ? [] : ['--member', member, '--max-rate', rate];
  const rest = ['--dataset', 'dataset://d/1', '--shard-size', '1MiB', '--lanes', '1', '--json', '--out', out];
  return tidemark(['snapshot', ...words, ...asked, ...rest, ...own], { env, timeout: 240_000 });
}

interface Told {
  readonly id: string;
  readonly location: string;
  readonly shards: readonly { readonly sha256: string }[];
}

function toldBy({ code, stdout, stderr }: CliRun): Told {
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout) as Told;
}

/** Who wrote, where all make one version; it is the one that a machine makes alone. */
async function writersOf(warehouse: Warehouse, asked: readonly string[]): Promise<readonly number[]> {
  const alone = toldBy(await run(warehouse, asked, emptyFolder('alone'), undefined));
  const out = emptyFolder('together');
  const runs = await Promise.all(
    Array.from({ length: count }, (_, index) => run(warehouse, asked, out, `${index}/${count}`)),
  );
  for (const one of runs) expect(toldBy(one)).toMatchObject({ id: alone.id, shards: alone.shards });
  const { location } = toldBy(runs[0]!);
  expect((await verify(location)).findings).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.1.json'), 'utf8')) as {
    readonly run: { readonly members: readonly { readonly member: number; readonly rows: number }[] };
  };
  expect(manifest.run.members.reduce((sum, share) => sum + share.rows, 0)).toBe(rows);
  return manifest.run.members.map(({ member }) => member);
}

describe('members of a run of Snowflake', () => {
  let warehouse: Awaited<ReturnType<typeof snowflake>>;
  beforeAll(async () => {
    warehouse = await snowflake();
  });
  afterAll(() => warehouse.stop());

  it.each(['api', 'chunks'])('read the stored result of one statement: %s', async (via) => {
    const before = (await warehouse.service.seen()).statements.length;
    const writers = await writersOf(warehouse, ['--query', 'SELECT * FROM wide', '--via', via]);
    expect(writers.length).toBeGreaterThan(1);
    const ran = (await warehouse.service.seen()).statements
      .slice(before)
      .filter(({ sql, describeOnly }) => !describeOnly && /from wide/i.test(sql));
    // One machine alone, and all members together.
    expect(ran).toHaveLength(2);
  });
});

describe('members of a run of BigQuery', () => {
  let warehouse: Awaited<ReturnType<typeof bigquery>>;
  beforeAll(async () => {
    warehouse = await bigquery();
  });
  afterAll(() => warehouse.stop());

  it.each([
    ['streams of a table', ['--table', 'wide']],
    ['streams of a result', ['--query', 'SELECT * FROM shop.wide']],
    ['pages of a result', ['--query', 'SELECT * FROM shop.wide', '--via', 'rest']],
  ])('read one session, or one result: %s', async (_, asked) => {
    const before = await warehouse.service.seen();
    expect((await writersOf(warehouse, asked)).length).toBeGreaterThan(1);
    const { sessions, jobs } = await warehouse.service.seen();
    const ran = jobs.slice(before.jobs.length).filter(({ dryRun, sql }) => !dryRun && !/count/i.test(sql));
    expect([sessions.length - before.sessions.length, ran.length]).toEqual([
      asked.includes('rest') ? 0 : 2,
      asked.includes('--query') ? 2 : 0,
    ]);
  });
});
