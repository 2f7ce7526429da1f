import { join } from 'node:path';
import { execa } from 'execa';
import type { TestContext } from 'vitest';
import { readersEnvironment } from './python.js';

/** What digest.py, which was written from docs/digest.md alone, says of Parquet files. */
export interface DigestByPython {
  readonly fingerprint: string;
  readonly rows: number;
  readonly sum: string;
  readonly columns: readonly { readonly name: string; readonly kind: string; readonly sum: string }[];
  readonly digest: string;
}

/** Skips a test, visibly, where there is no Python to be had. */
export async function skipWithoutPython(context: TestContext): Promise<void> {
  const { bin, reason } = await readersEnvironment();
  if (bin === undefined) context.skip(reason);
}

export async function digestByPython(files: readonly string[]): Promise<DigestByPython> {
  return JSON.parse(await python([script, ...files])) as DigestByPython;
}

/** How many vectors were compared, and what differs. */
export async function vectorsByPython(file: string): Promise<{ checked: number; differences: string[] }> {
  return JSON.parse(await python([script, '--vectors', file])) as { checked: number; differences: string[] };
}

/** What Python prints; with the packages of the readers, and xxhash. */
export async function python(words: readonly string[], input = ''): Promise<string> {
  const { bin } = await readersEnvironment();
  const { stdout } = await execa(join(bin!, 'python'), words, { input, reject: true, timeout: 120_000 });
  return stdout;
}

const script = new URL('digest.py', import.meta.url).pathname;
