import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const cache = new URL('../../.cache/', import.meta.url).pathname;

/** The newest of each line that is supported, beside the one that runs the tests. */
export const nodeVersions = { 22: '22.23.3', 24: '24.21.0' } as const;

export interface NodeBinary {
  readonly version: string;
  /** Path of the program; undefined where it cannot be had. */
  readonly path: string | undefined;
  readonly reason: string;
}

/** A Node.js of another version, as the npm registry has it for this platform, installed under .cache on first use. */
export async function nodeBinary(line: keyof typeof nodeVersions): Promise<NodeBinary> {
  const version = nodeVersions[line];
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, `node-${version}`);
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(path)) return { version, path, reason: '' };
  mkdirSync(folder, { recursive: true });
  const flags = ['--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const options = { stdin: 'ignore', reject: false, timeout: 300_000, cwd: folder } as const;
  const installed = await execa('npm', ['install', ...flags, `${name}@${version}`], options);
  if (!existsSync(path)) return { version, path: undefined, reason: `npm: ${installed.stderr.slice(-300)}` };
  return { version, path, reason: '' };
}
