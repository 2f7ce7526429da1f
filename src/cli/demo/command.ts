import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TidemarkError } from '../../core/errors.js';
import { main } from '../typed-command.js';

/**
 * Runs `tidemark …` as a user would, in `cwd`; what it prints goes to our own standard error.
 * @param expected the exit code that belongs to the story
 * @throws internal.bug when it ends otherwise; the signal's reason after an abort
 */
export async function runTidemark(
  words: readonly string[],
  cwd: string,
  { signal, expected = 0 }: { readonly signal: AbortSignal; readonly expected?: number },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [main, ...words], { cwd, env: plainEnvironment(), stdio: ['ignore', 2, 2] });
  const interrupt = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', interrupt);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    signal.throwIfAborted();
    if (code === expected) return;
    throw new TidemarkError('internal.bug', `tidemark ${words[0] ?? ''} ended with exit code ${String(code)}`, {
      hint: 'Its own message stands above.',
    });
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** Without what would change the story: settings of other databases, of earlier runs, of the platform. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const others = /^(TIDEMARK_(?!DEBUG$)|DB_|PG|MYSQL_|VH_|SNAPSHOT_DATE$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !others.test(name)));
}
