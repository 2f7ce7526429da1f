import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { urlOf } from './open-request.js';
import { orders } from './tables.js';

let service: RedshiftStandIn;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  await service.owner.query(orders(1000));
  await service.grant();
});
afterAll(() => service.stop());
beforeEach(() => {
  service.faults();
  service.settings({ lifetimeSeconds: 3600, passwordSeconds: 900, region: 'eu-west-1' });
});

interface Run {
  readonly code: number | undefined;
  readonly all: string;
  readonly actions: readonly string[];
  readonly user: unknown;
}

/** Runs a snapshot where nobody has a secret; looks whether one was made known. */
async function run(
  source: string | undefined,
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Promise<Run> {
  const [calls, logins] = [service.calls.length, service.seen.logins.length];
  const out = emptyFolder('out');
  const args = ['snapshot', '--table', 'orders', '--dataset', 'dataset://d/v1', '--out', out, ...more];
  const { code, stdout, stderr } = await tidemark([...args, ...(source === undefined ? [] : ['--source', source])], {
    env: { ...service.env, ...env, TIDEMARK_DEBUG: '1' },
  });
  const all = stdout + stderr;
  const written = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'));
  for (const text of [all, ...written]) expect(text).not.toContain('canary');
  return {
    ...{ code, all },
    actions: service.calls.slice(calls).map(({ action }) => action),
    user: service.seen.logins.slice(logins).at(-1)?.['user'],
  };
}

describe('the machine’s identity', () => {
  it('has a password made by a cluster, as the identity itself', async () => {
    const { code, actions, user } = await run(urlOf(service));
    expect([code, actions]).toEqual([0, ['DescribeClusters', 'GetClusterCredentialsWithIAM']]);
    expect(user).toMatch(/^IAMR:role_/);
  });

  it('or as a user of the database, with its groups, who is never made by it', async () => {
    const source = urlOf(service, { more: '&db-groups=readers,others' });
    const { code, user } = await run(source, { RSUSER: 'ml' });
    expect([code, user]).toEqual([0, 'IAM:ml']);
    expect(service.calls.at(-1)!.given).toMatchObject({ DbUser: 'ml', AutoCreate: 'false' });
    expect(Object.values(service.calls.at(-1)!.given)).toEqual(expect.arrayContaining(['readers', 'others']));
  });

  it('or by a workgroup of Redshift Serverless, also where a name alone is given', async () => {
    const name = service.workgroup;
    const { code, actions } = await run(urlOf(service, { name }));
    expect([code, actions]).toEqual([0, ['DescribeClusters', 'GetWorkgroup', 'GetCredentials']]);
    const told = await run(
      urlOf(service, { name: '', more: `&workgroup=${name}` }).replace('redshift:///', 'redshift:///'),
    );
    expect([told.code, told.actions]).toEqual([0, ['GetWorkgroup', 'GetCredentials']]);
  });

  it('is found by the variables of the guide', async () => {
    const env = {
      ...{ RSCLUSTERIDENTIFIER: service.cluster, RSDATABASE: service.database, RSREGION: service.region, RSIAM: '1' },
      ...{ RSHOST: 'localhost', RSPORT: String(service.port) },
    };
    const { code, actions, all } = await run(undefined, { ...env, NODE_EXTRA_CA_CERTS: service.authority });
    expect([code, actions], all).toEqual([0, ['GetClusterCredentialsWithIAM']]);
  });

  it('has the region of the machine, where nothing else says one', async () => {
    const { code } = await run(urlOf(service).replace(/region=[\w-]+&/, ''));
    expect([code, service.calls.at(-1)!.region]).toEqual([0, 'eu-west-1']);
  });

  it('has credentials made anew where those it had have expired', async () => {
    service.settings({ lifetimeSeconds: 1 });
    const { code } = await run(urlOf(service));
    expect(code).toBe(0);
  });

  it('is waited for where AWS is busy', async () => {
    service.faults(
      { action: 'DescribeClusters', code: 'Throttling', status: 400 },
      { action: 'GetClusterCredentialsWithIAM', code: 'InternalFailure', status: 500 },
      { action: 'GetClusterCredentialsWithIAM', wait: 300 },
    );
    expect((await run(urlOf(service))).code).toBe(0);
  });
});

describe('what is refused says who asked, and what to allow', () => {
  it.each<[string, string, RegExp]>([
    [
      'GetClusterCredentialsWithIAM',
      'AccessDenied',
      /as the role of the machine \("role_\w+", by its metadata service\): .*\n.*Allow redshift:GetClusterCredentialsWithIAM to/,
    ],
    ['GetClusterCredentialsWithIAM', 'ExpiredToken', /The credentials have expired/],
  ])('%s with %s', async (action, code, expected) => {
    service.faults({ action, code, message: 'User is not authorized', status: 403, times: 9 });
    const { code: exit, all } = await run(urlOf(service));
    expect([exit, all]).toEqual([3, expect.stringMatching(expected)]);
  });

  it('a cluster in another region', async () => {
    service.settings({ region: 'us-east-1' });
    const { code, all } = await run(urlOf(service));
    expect([code, all]).toEqual([3, expect.stringMatching(/neither a cluster nor a workgroup warehouse.*its region/)]);
  });

  it('a name that may not be looked for', async () => {
    service.faults({
      action: 'DescribeClusters',
      code: 'AccessDenied',
      message: 'not authorized',
      status: 403,
      times: 9,
    });
    const { code, all } = await run(urlOf(service));
    expect([code, all]).toEqual([
      3,
      expect.stringMatching(/Allow redshift:DescribeClusters or redshift-serverless:GetWorkgroup/),
    ]);
  });

  it('a user of the database, of a workgroup', async () => {
    const { code, all } = await run(urlOf(service, { name: service.workgroup }), { RSUSER: 'ml' });
    expect([code, all]).toEqual([2, expect.stringMatching(/user: of the workgroup pool the identity is its own user/)]);
  });

  it('no identity at all', async () => {
    const { code, all } = await run(urlOf(service), { AWS_EC2_METADATA_DISABLED: 'true' });
    expect([code, all]).toEqual([3, expect.stringMatching(/no role is attached to the machine/)]);
  });

  it('a password that is not taken', async () => {
    const { code, all } = await run(urlOf(service).replace('redshift://', 'redshift://someone:wrong-canar@'), {});
    expect([code, all]).toEqual([
      3,
      expect.stringMatching(/password authentication failed.*\(as someone\)[\s\S]*RSPASSWORD/),
    ]);
  });

  it('a place where nobody is', async () => {
    const source = `redshift://u:p@localhost:9/db`;
    const { code, all } = await run(source);
    expect([code, all]).toEqual([3, expect.stringMatching(/security group[\s\S]*port 9/)]);
  });
});

describe('what expires during a run', () => {
  /** Milliseconds: the machine's keys and the password last a second, and the rows are held back for longer than two. */
  const pause = 2_500;

  it('is not needed any more once the session has begun', async () => {
    service.settings({ lifetimeSeconds: 1, passwordSeconds: 1 });
    service.faults({ sql: 'FROM "public"."orders"', slow: pause });
    const started = Date.now();
    const { code, all, actions } = await run(urlOf(service));
    expect([code, actions], all).toEqual([0, ['DescribeClusters', 'GetClusterCredentialsWithIAM']]);
    expect(Date.now() - started).toBeGreaterThan(pause);
  });

  it('is made afresh for a session that begins anew', async () => {
    service.settings({ lifetimeSeconds: 1, passwordSeconds: 1 });
    const lost = { sql: '^SELECT .*FROM "public"."orders"', slow: pause, cutAfter: 2_000 };
    service.faults({ ...lost, times: 4 });
    const { code, all, actions } = await run(urlOf(service), {}, ['--when-lost', 'restart']);
    expect(code, all).toBe(0);
    expect(actions.filter((action) => action === 'GetClusterCredentialsWithIAM')).toHaveLength(3);
  });
});

describe('other processes', () => {
  it('see no secret in the list of processes', async () => {
    service.faults({ sql: 'FROM "public"."orders"', slow: 1_500 });
    let isRunning = true;
    const seen = new Set<string>();
    const watch = async (): Promise<void> => {
      while (isRunning) {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          for (const file of ['cmdline', 'comm']) {
            const text = tolerant(() => readFileSync(`/proc/${pid}/${file}`, 'latin1'));
            if (text !== undefined) seen.add(text);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const watching = watch();
    const { code, all } = await run(urlOf(service));
    isRunning = false;
    await watching;
    expect(code, all).toBe(0);
    expect([...seen].some((text) => text.startsWith('tidemark'))).toBe(true);
    expect([...seen].filter((text) => text.includes('canary'))).toEqual([]);
  });
});

/** What is gone meanwhile. */
function tolerant<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

describe('a password', () => {
  it('is the second way, by the guide’s variables, its older page’s, or the URL', async () => {
    await service.allow('someone', 'password-canary');
    const certificate = { NODE_EXTRA_CA_CERTS: service.authority };
    const [host, port] = ['localhost', String(service.port)];
    const guide = {
      RSHOST: host,
      RSPORT: port,
      RSDATABASE: service.database,
      RSUSER: 'someone',
      RSPASSWORD: 'password-canary',
    };
    const older = {
      redshift_host: host,
      port,
      dbname: service.database,
      user: 'someone',
      PGPASSWORD: 'password-canary',
    };
    for (const env of [guide, older]) {
      const { code, actions, user, all } = await run('redshift:', { ...env, ...certificate });
      expect([code, actions, user], all).toEqual([0, [], 'someone']);
    }
  });
});
