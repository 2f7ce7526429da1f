import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigQueryStandIn, keyedAccounts, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { type CliRun, emptyFolder, tidemark } from '../../support/cli.js';
import { dealt } from '../../support/long-form.js';
import { tableRows } from '../../support/markdown-table.js';
import { everyType } from './tables.js';

/** Each row is what the page promises. */
const page = readFileSync(new URL('../../../docs/databases/bigquery.md', import.meta.url), 'utf8');
const single = tableRows(page, 'what is set | who asks | the message');
const several = tableRows(page, 'what is set | who asks | the warning');
const unquoted = (cell: string): string => cell.replaceAll('`', '');

const machine = 'machine@data-project.iam.gserviceaccount.com';
const user = 'person@example.com';
const target = 'target@data-project.iam.gserviceaccount.com';
const nobody = 'nobody: the run ends';

/** The second column, as the service knows it. */
const known: Readonly<Record<string, string>> = {
  'the file of the URL': keyedAccounts.inUrl,
  'the machine': machine,
  'as if it were not set: the machine': machine,
  'the key in the variable': keyedAccounts.inVariable,
  'the file of the variable': keyedAccounts.usual,
  'the federated identity':
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
  'the user who logged in': user,
};

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ identity: machine });
  await service.createTable(everyType);
});
afterAll(() => service.stop());

interface Given {
  readonly parameter?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One part of the first column, as it is given. The metadata server can be reached but elsewhere. */
function given(part: string): Given {
  const keyIn = (account: string): string => readFileSync(service.keyFile(account), 'utf8');
  const parts: Readonly<Record<string, () => Given>> = {
    '`keyfile=/path/key.json` in the URL': () => ({ parameter: `keyfile=${service.keyFile(keyedAccounts.inUrl)}` }),
    '`GCP_IAM=1`': () => ({ env: { GCP_IAM: '1' } }),
    '`GCP_IAM=0`': () => ({ env: { GCP_IAM: '0' } }),
    '`GCP_IAM=perhaps`': () => ({ env: { GCP_IAM: 'perhaps' } }),
    '`GCP_KEYFILE_CONTENTS_JSON`': () => ({ env: { GCP_KEYFILE_CONTENTS_JSON: keyIn(keyedAccounts.inVariable) } }),
    '`GOOGLE_APPLICATION_CREDENTIALS`': () => ({ env: { GOOGLE_APPLICATION_CREDENTIALS: service.keyFile() } }),
    '`GOOGLE_APPLICATION_CREDENTIALS`, a file of workload identity federation': () => ({
      env: { GOOGLE_APPLICATION_CREDENTIALS: service.federationFile() },
    }),
    'nothing, after `gcloud auth application-default login`': () => ({ env: { HOME: service.gcloudHome(user) } }),
    'nothing, on a machine of Google Cloud': () => ({}),
    'nothing, elsewhere': () => ({ env: elsewhere }),
    elsewhere: () => ({ env: elsewhere }),
  };
  expect(Object.keys(parts)).toContain(part);
  return parts[part]!();
}

const elsewhere = {
  GCE_METADATA_HOST: '127.0.0.1:1',
  GCE_METADATA_IP: '127.0.0.1:1',
  METADATA_SERVER_DETECTION: 'none',
};

interface Asked extends CliRun {
  /** All who came to the service. */
  readonly seen: readonly string[];
}

async function ask(set: string, words: readonly string[], ...parameters: readonly string[]): Promise<Asked> {
  const parts = set.split(' + ').map(given);
  const all = [service.url('shop'), ...parts.flatMap(({ parameter }) => parameter ?? []), ...parameters];
  const env = Object.assign({}, service.env, service.hostsEnv, ...parts.map((part) => part.env)) as Record<
    string,
    string
  >;
  const { length } = (await service.seen()).requests;
  const run = await tidemark([...words, '--source', all.join('&'), '--table', 'every_type'], { env });
  const { requests } = await service.seen();
  return { ...run, seen: [...new Set(requests.slice(length).flatMap(({ identity }) => identity ?? []))] };
}

const plan = ['plan', '--dataset', 'dataset://n/v1'];

describe('who asks, where one thing says it', () => {
  it.each(single.map(([set, who, message]) => [set!, who!, unquoted(message!)] as const))(
    '%s: %s',
    async (set, who, message) => {
      const { code, stdout, stderr, seen } = await ask(set, plan);
      if (who === nobody) {
        expect([code === 0, stderr, seen]).toEqual([false, expect.stringContaining(message), []]);
        return;
      }
      expect(code, stderr).toBe(0);
      expect(seen).toEqual([known[who]]);
      expect(stdout).toContain(`as ${message.replace('…', known[who]!)}`);
      expect(stderr).not.toContain('says who asks');
    },
  );

  const rows = single.filter(([, who]) => who !== nobody);
  it.each(dealt(rows, { to: 0, of: 2 }).map(([set, who, message]) => [set!, who!, unquoted(message!)] as const))(
    '%s, and impersonates another',
    async (set, who, message) => {
      const { code, stdout, stderr, seen } = await ask(set, plan, `impersonate=${target}`);
      expect(code, stderr).toBe(0);
      expect(seen).toEqual([target]);
      const first = message.replace('…', known[who]!);
      expect(stdout).toContain(`as the service account ${target}, impersonated by ${first}`);
    },
  );
});

describe('who asks, where several things say it', () => {
  it.each(several.map(([set, who, warning]) => [set!, who!, unquoted(warning!)] as const))(
    '%s: %s, and a warning',
    async (set, who, warning) => {
      const out = emptyFolder('out');
      const words = ['snapshot', '--dataset', 'dataset://n/v1', '--out', out];
      const { code, stderr, seen } = await ask(set, words);
      expect(code, stderr).toBe(0);
      expect(seen).toEqual([known[who]]);
      expect(stderr).toContain(warning);
      const { run } = JSON.parse(readFileSync(join(out, 'n', 'v1', '_manifest.v1.json'), 'utf8')) as {
        readonly run: { readonly server: { readonly user: string }; readonly warnings: readonly string[] };
      };
      expect(run.server.user).toContain(`the service account ${known[who]} `);
      expect(run.warnings).toContain(warning);
    },
  );
});
