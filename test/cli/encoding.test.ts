import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, type Ended, main, tidemark } from './run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tidemark-encoding-'));
});
afterAll(() => rm(folder, { recursive: true }));

const good = "--table t --dataset dataset://d/1 --source 'postgres://u@127.0.0.1:1/d?sslmode=disable'";

/** Runs it from a shell, where `$wrong` holds "Mü" in Latin-1: Node itself passes on nothing but UTF-8. */
async function inShell(words: string, variables = ''): Promise<Ended> {
  const script = `wrong=$(printf 'M\\374'); ${variables} "${process.execPath}" "${main}" ${words}`;
  return execa('/bin/sh', ['-c', script], { cwd: folder, env: bareEnvironment, extendEnv: false, reject: false });
}

describe('a request in another encoding than UTF-8 ends with exit code 2', () => {
  it.each([
    ['a flag', `plan ${good} --tag "$wrong"`, '', '--tag', 1],
    ['a variable', `plan ${good}`, 'TIDEMARK_ALIAS="$wrong"', 'TIDEMARK_ALIAS', 1],
    ['a password', `plan ${good}`, 'DB_PASSWORD="hunter$wrong"', 'DB_PASSWORD', 7],
    ['the config file', 'plan "$wrong.yaml"', '', 'CONFIG', 1],
    ['a location', 'show "./$wrong"', '', 'LOCATION', 3],
    ['a flag of one command', 'demo --out "$wrong"', '', '--out', 1],
  ])('%s', async (_, words, variables, label, byte) => {
    const { exitCode, stdout, stderr } = await inShell(words, variables);
    expect(stderr).toContain(
      `error: ${label}: the value must be UTF-8: what stands at its byte ${byte} (counted from 0)`,
    );
    expect(stderr).toMatch(/^hint: Give it in UTF-8/m);
    expect(stderr).not.toContain('hunter');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('a query file, as PowerShell writes it', async () => {
    await writeFile(path.join(folder, 'q.sql'), Buffer.from('\uFEFFSELECT 1', 'utf16le'));
    const { exitCode, stderr } = await tidemark(
      ['plan', '--source', 'postgres://u@127.0.0.1:1/d', '--query-file', 'q.sql', '--dataset', 'dataset://d/1'],
      { cwd: folder },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: --query-file: .*q\.sql must be UTF-8: what stands at byte 0 \(counted from 0\), in line 1/,
    );
    expect(stderr).toContain('hint: It looks like UTF-16. Save it as UTF-8.');
  });
});
