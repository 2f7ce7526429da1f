import { count, problemsError } from '../snapshot/options.js';
import type { CommandRun } from './command.js';

/** `tidemark demo`: the whole story on a server of its own. */
export async function demoCommand({ invocation, options, terminal, signal }: CommandRun): Promise<number> {
  const { out, rows, mysql, keep } = invocation.own;
  const wanted = count(1, 100_000_000).optional().safeParse(rows);
  const problems = wanted.success
    ? options.problems
    : [
        ...options.problems,
        {
          code: 'request.invalid' as const,
          message: `--rows: "${String(rows)}" is not allowed (allowed: a whole number from 1 to 100000000)`,
        },
      ];
  if (problems.length > 0) throw problemsError(problems);
  const { runDemo } = await import('./demo/demo.js');
  const result = await runDemo({
    ...(typeof out === 'string' ? { out } : {}),
    ...(wanted.data === undefined ? {} : { rows: wanted.data }),
    mysql: mysql === true,
    keep: keep === true,
    signal,
    print: terminal.json ? terminal.note : terminal.print,
  });
  if (terminal.json) terminal.print(JSON.stringify(result));
  return 0;
}
