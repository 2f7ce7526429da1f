import { readFile } from 'node:fs/promises';
import { TidemarkError } from '../../core/errors.js';

/** The operating system's user that a server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root borrows an account that exists already; nobody else needs one.
 * @throws request.invalid when root finds no such account
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line[0] === name);
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new TidemarkError(
    'request.invalid',
    'PostgreSQL does not run as root, and there is no user postgres or nobody',
    {
      hint: 'Run the same command as an ordinary user.',
    },
  );
}
