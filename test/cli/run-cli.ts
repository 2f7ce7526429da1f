import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

const main = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

/** Environment of a child: nothing that could change what it does. */
export const bareEnvironment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };

/** What a command left when it had ended. */
export interface Ended {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in an empty environment. */
export async function tidemark(
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Ended> {
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
