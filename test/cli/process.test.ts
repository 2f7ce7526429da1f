import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, main, tidemark } from './run-cli.js';

/** A server that accepts and says nothing: whoever asks it waits. */
let silent: net.Server;
let port: number;

beforeAll(async () => {
  silent = net.createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  port = (silent.address() as net.AddressInfo).port;
});
afterAll(() => silent.close());

function waiting(out: string) {
  const source = `postgres://u:hunter2@127.0.0.1:${port}/d?sslmode=disable`;
  const words = ['plan', '--source', source, '--table', 't', '--dataset', 'dataset://d/1', '--out', out];
  return spawn(process.execPath, [main, ...words], {
    env: bareEnvironment,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function connected(): Promise<void> {
  await once(silent, 'connection');
}

const interrupts = new URL('../../dist/cli/interrupt.js', import.meta.url).href;

describe('a process', () => {
  it('hides its command line', async () => {
    const child = waiting('/tmp');
    await connected();
    const line = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
    child.kill('SIGKILL');
    expect(line.replaceAll('\0', '')).toBe('tidemark');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends by %s with exit code %i', async (signal, code) => {
    const child = waiting('/tmp');
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await connected();
    await sleep(50);
    child.kill(signal);
    expect((await once(child, 'close'))[0]).toBe(code);
    expect(stderr).toContain(`error: interrupted by ${signal}`);
    expect(stderr).not.toContain('hunter2');
  });

  it('ends at once by a second signal, and says so', async () => {
    // Something that goes on whatever the first signal asks for.
    const script = `const { listenForInterrupts } = await import(${JSON.stringify(interrupts)});
      listenForInterrupts('snapshot').addEventListener('abort', () => console.log('asked'));
      setInterval(() => undefined, 1000);
      console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    for (const word of ['ready', 'asked']) {
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      expect(said.toString().trim()).toBe(word);
      child.kill('SIGTERM');
    }
    expect((await once(child, 'close'))[0]).toBe(143);
    expect(stderr).toBe('interrupted again by SIGTERM: ended at once\n');
  });

  it('says nothing when the reader of stdout goes away', async () => {
    const child = spawn('/bin/sh', ['-c', `"${process.execPath}" "${main}" snapshot --help | true; :`], {
      env: bareEnvironment,
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(stderr).toBe('');
  });
});

describe('where something is missing around it', () => {
  const inShell = async (script: string): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const child = spawn('/bin/sh', ['-c', script], { env: bareEnvironment });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  };
  const version = path.resolve('fixtures/manifest/2');

  it.skipIf(!existsSync('/dev/full'))('a command that was only to say something fails where it cannot', async () => {
    const { code, stderr } = await inShell(`"${process.execPath}" "${main}" show --json "${version}" > /dev/full`);
    expect(stderr).toBe('warning: what belongs on stdout is lost: no space left (ENOSPC)\n');
    expect(code).toBe(4);
  });

  it.skipIf(!existsSync('/dev/full'))('what was wrong before decides its exit code', async () => {
    const { code } = await inShell(`"${process.execPath}" "${main}" show --json /no/such > /dev/full`);
    expect(code).toBe(2);
  });

  it.skipIf(!existsSync('/dev/full'))('so does --version', async () => {
    const { code, stderr } = await inShell(`"${process.execPath}" "${main}" --version > /dev/full`);
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('nothing but words is lost where nobody hears errors', async () => {
    const { code, stdout } = await inShell(`"${process.execPath}" "${main}" show --json "${version}" 2> /dev/full`);
    expect(JSON.parse(stdout)).toHaveProperty('version');
    expect(code).toBe(0);
  });

  it('says that the working folder has gone', async () => {
    const gone = await mkdtemp(path.join(tmpdir(), 'tidemark-gone-'));
    const { code, stderr } = await inShell(`cd "${gone}"; rmdir "${gone}"; "${process.execPath}" "${main}" show v1`);
    expect(stderr).toMatch(/^error: the working folder is no longer there\nhint: .*another folder/);
    expect(code).toBe(2);
  });
});

describe('help and version', () => {
  it('tells the version of the package, quickly', async () => {
    const { version } = JSON.parse(await readFile(path.resolve('package.json'), 'utf8')) as { version: string };
    expect(await tidemark(['--version'])).toMatchObject({ exitCode: 0, stdout: version, stderr: '' });
    expect(await tidemark(['-V'])).toMatchObject({ exitCode: 0, stdout: version });
    const loaded = await tidemark(['--version'], { env: { NODE_DEBUG: 'esm' } });
    expect(String(loaded.stderr)).not.toMatch(/node_modules/);
  });

  it.each(['', 'snapshot', 'plan', 'verify', 'diff', 'find', 'show', 'adopt', 'compact', 'delta', 'register', 'demo'])(
    'tidemark %s --help',
    async (command) => {
      const words = command === '' ? ['--help'] : [command, '--help'];
      const { exitCode, stdout, stderr } = await tidemark(words);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      await expect(`${String(stdout)}\n`).toMatchFileSnapshot(`./help/${command || 'tidemark'}.txt`);
    },
  );
});
