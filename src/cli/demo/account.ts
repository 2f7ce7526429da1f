import { readFile } from 'node:fs/promises';
import { TidemarkError } from '../../core/errors.js';

/** The operating system's user that a server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A server does not run as root, so root borrows an account that exists already; nobody else needs one.
 * @param server as messages name it
 * @param names of accounts, the best one first
 * @throws request.invalid when root finds no such account
 */
export async function serverAccount(server: string, names: readonly string[]): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const fields = lines.find((line) => line[0] === name);
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new TidemarkError(
    'request.invalid',
    `${server} does not run as root, and there is no user ${names.join(' or ')}`,
    {
      hint: 'Run the same command as an ordinary user.',
    },
  );
}
