import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, tidemark } from '../support/cli.js';

const folder = emptyFolder('given');
const args = ['--dataset', 'dataset://d/1', '--out', folder];
const nowhere = { TIDEMARK_SOURCE: 'postgres://nobody@127.0.0.1:1/none?connect_timeout=1' };

describe('files that are not plain', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);

  it('a pipe that nobody writes to is empty, and nobody waits for it', async () => {
    const { code, stderr } = await tidemark(['plan', '--query-file', pipe, ...args], { timeout: 15_000 });
    expect([code, stderr]).toEqual([2, expect.stringContaining('pipe is empty')]);
  });

  it('what comes on stdin is read', async () => {
    writeFileSync(join(folder, 'query.sql'), 'SELECT 1 AS one');
    const { code, stderr } = await tidemark(['plan', '--query-file', '/dev/stdin', ...args], {
      env: nowhere,
      redirect: `< ${join(folder, 'query.sql')}`,
    });
    // As far as the server, which is not there.
    expect([code, stderr]).toEqual([3, expect.stringContaining('nothing listens there')]);
  });

  it('what never ends is read only so far', async () => {
    for (const given of [['--query-file', '/dev/zero'], ['/dev/zero']]) {
      const { code, stderr } = await tidemark(['plan', ...given, ...args], { timeout: 15_000 });
      expect([code, stderr]).toEqual([2, expect.stringContaining('it is longer than')]);
    }
  });
});

describe('what would be told to everybody', () => {
  const url = 'postgres://app:SuperSecretPw99@db.example.com/shop';
  it.each<[string, string[], Record<string, string>]>([
    ['property', ['--property', `db=${url}`], {}],
    ['tag', ['--tag', url], {}],
    ['property', ['--property', 'pw=SuperSecretPw99'], { DB_PASSWORD: 'SuperSecretPw99' }],
    ['name', ['--name', '{run}-SuperSecretPw99-{index}'], { DB_PASSWORD: 'SuperSecretPw99' }],
    ['tag', ['--tag', 'SuperSecretPw99', '--secret-param', 'key'], { TIDEMARK_PARAM_KEY: 'SuperSecretPw99' }],
  ])('is no secret in a %s', async (key, more, env) => {
    const query = [
      '--query',
      'SELECT :key::text AS k',
      ...(env['TIDEMARK_PARAM_KEY'] === undefined ? ['--param', 'key=1'] : []),
    ];
    const { code, stdout, stderr } = await tidemark(['plan', ...query, ...args, ...more], {
      env: { ...nowhere, ...env },
    });
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`${key}: a secret stands in it`);
    expect(stdout + stderr).not.toContain('SuperSecretPw99');
  });
});

it.each([
  ['--cast', '__proto__=text', 'the name __proto__ cannot be given'],
  ['--property', '__proto__=1', 'the name __proto__ cannot be given'],
])('%s %s is refused, not lost', async (flag, value, message) => {
  const { code, stderr } = await tidemark(['plan', '--table', 't', ...args, flag, value], { env: nowhere });
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it('the name that a map cannot hold is refused in YAML and variables, too', async () => {
  const file = join(folder, 'proto.yaml');
  writeFileSync(file, 'table: t\nproperty: { __proto__: 1 }\n');
  const fromFile = await tidemark(['plan', file, ...args], { env: nowhere });
  expect([fromFile.code, fromFile.stderr]).toEqual([2, expect.stringContaining('the name __proto__ cannot be given')]);
  const env = { ...nowhere, TIDEMARK_PROPERTY: '{"__proto__": 1}' };
  const fromVariable = await tidemark(['plan', '--table', 't', ...args], { env });
  expect([fromVariable.code, fromVariable.stderr]).toEqual([
    2,
    expect.stringContaining('the name __proto__ cannot be given'),
  ]);
});

it('a key that is given twice is named', async () => {
  const { stderr } = await tidemark(['plan', '--table', 't', ...args, '--property', 'a=1', '--property', 'a=2'], {
    env: nowhere,
  });
  expect(stderr).toContain('--property: a is given twice');
});
