import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RedshiftStandIn, startRedshift } from '../servers/redshift/redshift.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { type Execution, Platform } from './platform.js';
import { pythonEnvironment } from './python.js';
import { validated, validator } from './validator.js';
import { variablesOfPage, variablesOfSteps } from './variables.js';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const example = 'examples/redshift/valohai.yaml';
const packages = (path: string): readonly string[] => textOf(path).trim().split('\n');
const trainer = await pythonEnvironment('train', packages('examples/valohai/requirements.txt'));
const checker = await pythonEnvironment('redshift', packages('examples/redshift/requirements.txt'));
const page = textOf('docs/databases/redshift.md');
/** The page's blocks of a language. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!);
const uri = 'dataset://customer-data/2024-q1';

let service: RedshiftStandIn;
let store: StrictS3;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  store = await startStrictS3({}, ['my-bucket']);
  service.unloadsTo(store);
  await service.owner.query(`
    CREATE TABLE customer_data AS SELECT i AS customer_id, date '2021-01-01' + i % 900 AS signup_date,
      ((i % 1000) / 8.0)::numeric(12,3) AS total_purchases, i % 3 / 2 AS churn_label, timestamptz '2024-01-01 12:00+00' + i * interval '1 second' AS seen,
      CASE WHEN i % 7 > 0 THEN ('Ünï ' || i)::varchar(40) END AS name, i % 2 = 0 AS paid, i / 3.0::float8 AS ratio
    FROM generate_series(1, 3000) i`);
  await service.grant();
  environment = {
    ...service.env,
    ...{ RSDATABASE: service.database, AWS_REGION: 'eu-north-1' },
    // The authority of the stand-in, for Node and for Python.
    ...{ NODE_EXTRA_CA_CERTS: service.authority, SSL_CERT_FILE: service.authority },
  };
});
afterAll(async () => {
  store.stop();
  await service.stop();
});

const parameters = { date: '2024-01-15' };

describe('the example for Redshift', () => {
  const platform = new Platform(join(root, example));

  it.each<[string, () => Readonly<Record<string, string>>]>([
    ['snapshot', () => parameters],
    ['snapshot-by-files', () => ({ ...parameters, staging: store.at('my-bucket/staging') })],
  ])('%s makes a dataset version, without a secret', async (step, given) => {
    const once = new Platform(join(root, example));
    const made = await once.run(step, { parameters: given(), environment });
    expect(made.code, made.stderr).toBe(0);
    expect([made.complaints, once.datasets.uris()]).toEqual([[], [uri]]);
    const folder = emptyFolder('mounted');
    for (const { path, stored } of once.datasets.files(uri)) copyFileSync(stored, join(folder, basename(path)));
    expect((await tidemark(['verify', folder])).code).toBe(0);
    expect(service.seen.logins.at(-1)).toMatchObject({ user: expect.stringMatching(/^IAMR:/) as string });
    expect(service.seen.statements.some((sql) => sql.startsWith('UNLOAD'))).toBe(step !== 'snapshot');
    expect((await store.contents()).objects).toEqual([]);
  });

  it.skipIf(trainer.bin === undefined)(`is trained on ${trainer.reason}`, async () => {
    const done = await platform.runPipeline('snapshot-and-train', {
      snapshot: { parameters, environment },
      train: { path: trainer.bin! },
    });
    const trained = done.get('train')!;
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.metrics).toEqual([{ rows: 3000, accuracy: expect.any(Number) as number }]);
  });

  it.skipIf(checker.bin === undefined)(
    `is compared with its table by Amazon's own client, which finds what was written since ${checker.reason}`,
    async () => {
      const once = new Platform(join(root, example));
      const made = await once.run('snapshot', { parameters, environment });
      expect(made.code, made.stderr).toBe(0);
      const manifest = readFileSync(
        once.datasets.files(uri).find(({ path }) => path.includes('_manifest'))!.stored,
        'utf8',
      );
      const { digest } = (JSON.parse(manifest) as { readonly version: { readonly digest: string } }).version;
      const check = (more = {}): Promise<Execution> =>
        once.run('check', { path: checker.bin!, environment: { ...environment, ...more } });
      for (const more of [{}, { RSWORKGROUP: service.workgroup }]) {
        const checked = await check(more);
        expect(checked.code, checked.stderr).toBe(0);
        expect(checked.metrics).toEqual([{ rows: 3000, digest }]);
      }
      await service.owner.query('UPDATE customer_data SET paid = NOT paid WHERE customer_id = 7');
      const late = await check();
      expect([late.code, late.stderr]).toEqual([1, expect.stringContaining(`3000 rows, ${digest}: something`)]);
    },
    120_000,
  );

  it.skipIf(validator.bin === undefined)(`passes the platform's own validation ${validator.reason}`, async () => {
    expect(await validated(join(root, example))).toBe(
      "[] ['check', 'snapshot', 'snapshot-by-files', 'train'] ['snapshot-and-train']",
    );
  });

  it('names variables that the page has, and no secret', () => {
    const isSecret = variablesOfPage('docs/databases/redshift.md');
    const variables = variablesOfSteps(example);
    expect(variables.length).toBeGreaterThan(4);
    for (const { name } of variables) expect([name, isSecret.get(name)]).toEqual([name, false]);
  });
});

/** Commands of AWS's own shell tool that are no operation, or have options that are none, by the service. */
const commandsScript = `
import json, shlex, sys
import botocore.session
from botocore import xform_name

own = {"region", "query", "output"}
ingress = {"protocol", "port", "source-group"}
for line in json.load(sys.stdin):
    service, operation, *options = shlex.split(line)[1:]
    model = botocore.session.get_session().get_service_model(service)
    name = {xform_name(one, "-"): one for one in model.operation_names}.get(operation)
    taken = {xform_name(one, "-") for one in model.operation_model(name).input_shape.members} if name else set()
    given = {word[2:] for word in options if word.startswith("--")}
    print(service, operation, sorted(given - taken - own - (ingress if service == "ec2" else set())))
`;

describe('the page about Redshift', () => {
  it('has policies that are JSON, and scripts that a shell reads', async () => {
    expect(blocks('json').length).toBeGreaterThan(3);
    for (const policy of blocks('json')) expect(JSON.parse(policy)).toMatchObject({ Version: '2012-10-17' });
    for (const script of blocks('sh')) await execa('bash', ['-n', '-c', script]);
  });

  it('installs for Python what the example needs', () => {
    expect(/^pip install (.+)$/m.exec(page)![1]!.split(' ')).toEqual(packages('examples/redshift/requirements.txt'));
  });

  it.skipIf(checker.bin === undefined)(`has commands of AWS that there are ${checker.reason}`, async () => {
    const lines = [...page.matchAll(/(?<=^|`|\$\()aws [^`\n)]+/gm)].map(([line]) => line);
    const { stdout } = await execa(join(checker.bin!, 'python'), ['-c', commandsScript], {
      input: JSON.stringify(lines),
    });
    const told = stdout.split('\n');
    expect(told).toHaveLength(lines.length);
    expect(told.length).toBeGreaterThan(7);
    expect(told.filter((line) => !line.endsWith(' []'))).toEqual([]);
  });

  it.skipIf(checker.bin === undefined)(`has a login in Python that works ${checker.reason}`, async () => {
    expect(blocks('python')).toHaveLength(1);
    const { stdout } = await execa(
      join(checker.bin!, 'python'),
      ['-c', blocks('python')[0]!.replace('orders', 'customer_data')],
      {
        env: {
          ...environment,
          RSCLUSTERIDENTIFIER: service.cluster,
          RSREGION: service.region,
          HOME: emptyFolder('home'),
        },
        extendEnv: false,
      },
    );
    expect(stdout).toMatch(/^[([]3000/);
  });

  it.skipIf(validator.bin === undefined)(`has a step that the platform takes ${validator.reason}`, async () => {
    const file = join(emptyFolder('yaml'), 'valohai.yaml');
    writeFileSync(file, blocks('yaml').join('\n'));
    expect(await validated(file)).toBe("[] ['snapshot'] []");
  });
});
