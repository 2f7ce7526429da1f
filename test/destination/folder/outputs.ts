import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect } from 'vitest';

const made: string[] = [];

/** A new temporary folder, which goes when the file's tests are done. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-folder-'));
  made.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export interface RunRequest {
  readonly out: string;
  readonly dataset: string;
  readonly version: string;
  readonly run: string;
  readonly shards?: number;
  readonly shardBytes?: number;
  readonly killAt?: string;
  readonly wait?: 'opened' | 'written';
  readonly recover?: boolean;
  /** Versions of the dataset that are published together with it. */
  readonly siblings?: readonly string[];
}

export interface RunEvent {
  readonly waiting?: string;
  readonly published?: string;
  readonly failed?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly recovered?: { kind: string; run: string; message: string }[];
}

/** A run in a process of its own; see publisher.mjs. */
export class Run {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown[]>;
  readonly events: RunEvent[] = [];
  #stderr = '';
  #reached: () => void = () => undefined;
  /** Resolves when the run waits at the point where it was asked to. */
  readonly waiting = new Promise<void>((resolve) => {
    this.#reached = resolve;
  });

  /** `shell` is run before by a shell that then becomes the run: `umask 027`. `unprivileged`: as nobody, when we are root. */
  constructor(request: RunRequest, options: { readonly shell?: string; readonly unprivileged?: boolean } = {}) {
    const script = new URL('publisher.mjs', import.meta.url).pathname;
    const node = [process.execPath, script, JSON.stringify(request)];
    const nobody = options.unprivileged && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    this.#child = spawn('bash', ['-c', `${options.shell ?? ':'}; exec "$@"`, 'bash', ...node], nobody);
    this.#ended = once(this.#child, 'close');
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#stderr += text.toString();
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as RunEvent;
      this.events.push(event);
      if (event.waiting !== undefined) this.#reached();
    });
  }

  goOn(): void {
    this.#child.stdin.write('\n');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits for the end; gives the signal that ended it, if one did, and its last event. */
  async ended(): Promise<{ signal: string | null; last: RunEvent | undefined }> {
    const [code, signal] = (await this.#ended) as [number | null, string | null];
    if (signal === null) expect(code, this.#stderr).toBe(0);
    return { signal, last: this.events.at(-1) };
  }
}

/** All files and folders below `folder`, folders with a `/`, and what the files hold. */
export function tree(folder: string): Record<string, string> {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? [`${name}/`, ''] : [name, readFileSync(path, 'latin1')];
    }),
  );
}

/** The names of staging folders and locks that are still there. */
export const leftovers = (out: string): string[] => readdirSync(out).filter((name) => name.startsWith('.tidemark'));

const metadataLines = (out: string): string[] => {
  const path = join(out, 'valohai.metadata.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
};

/**
 * The promise, checked with nothing but the file system and sha-256: a manifest stands only beside all of its shards, a
 * version's folder has a manifest, a metadata line names only complete versions and files that exist, and the lines that
 * were there before (`others`) still come first, unchanged. Gives the versions that the metadata names.
 */
export function expectPromise(out: string, others = ''): string[] {
  const files = Object.keys(tree(out)).filter((name) => !name.endsWith('/'));
  const complete = new Set<string>();
  for (const manifest of files.filter((name) => basename(name).startsWith('_manifest.'))) {
    const { shards } = JSON.parse(readFileSync(join(out, manifest), 'utf8')) as {
      shards: { path: string; bytes: number; sha256: string }[];
    };
    for (const { path, bytes, sha256 } of shards) {
      const content = readFileSync(join(out, dirname(manifest), path));
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    complete.add(dirname(manifest));
  }
  for (const file of files.filter((name) => !name.startsWith('.tidemark') && name.includes('/'))) {
    expect(complete, file).toContain(file.split('/').slice(0, 2).join('/'));
  }
  const [text, count] = [metadataLines(out).join('\n'), others.split('\n').length - (/(^|\n)$/.test(others) ? 1 : 0)];
  expect(text.slice(0, others.length)).toBe(others);
  const ours = metadataLines(out)
    .slice(count)
    .filter((line) => line !== '');
  const named = ours.map((line) => {
    const { file, metadata } = JSON.parse(line) as {
      file: string;
      metadata: { 'valohai.dataset-versions': { uri: string }[] };
    };
    expect(existsSync(join(out, file)), file).toBe(true);
    const uri = metadata['valohai.dataset-versions'][0]!.uri;
    expect(complete).toContain(uri.replace('dataset://', ''));
    return { file, uri };
  });
  expect(new Set(named.map(({ file }) => file)).size).toBe(named.length);
  return [...new Set(named.map(({ uri }) => uri))].sort();
}

/** How many metadata lines name the version. */
export const linesOf = (out: string, uri: string): number =>
  metadataLines(out).filter((line) => line.includes(`"${uri}"`)).length;
