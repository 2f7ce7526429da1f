import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa, type Result } from 'execa';

const main = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

/** Environment of a child: nothing that could change what it does. */
export const bareEnvironment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };

/** Runs the built command line in an empty environment. */
export async function tidemark(
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Result> {
  if (!existsSync(main)) throw new Error('the build is missing: run `npx tsc` first');
  return execa(process.execPath, [main, ...words], {
    cwd: options.cwd ?? '/',
    env: { ...bareEnvironment, ...options.env },
    extendEnv: false,
    reject: false,
    timeout: 30_000,
  });
}

export { main };
