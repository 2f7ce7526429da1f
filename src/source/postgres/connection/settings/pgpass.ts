import { readFileSync, statSync } from 'node:fs';
import { errno, meaningOf } from '../../../../machine/failure.js';

interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Where libpq looks for a socket when no host is given; `.pgpass` calls it localhost. */
export const socketFolders: readonly string[] = ['/var/run/postgresql', '/tmp'];

/** A password file, as libpq reads it: the first line that fits counts (manual, "The Password File"). */
export interface PasswordFile {
  /** Why the file is passed over, where it is. */
  readonly warning: string | undefined;
  passwordFor(wanted: Wanted): string | undefined;
}

type Passwords = PasswordFile['passwordFor'];

/** @param explicit the file was named; else a missing one is nothing to speak of */
export function readPasswordFile(path: string, explicit: boolean): PasswordFile {
  const refused = (why?: string): PasswordFile => {
    return { warning: why && `${path} is passed over: ${why}`, passwordFor: () => undefined };
  };
  try {
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file) return refused(explicit ? 'there is no such file' : undefined);
    if (!file.isFile()) return refused('it is not a plain file');
    if (process.platform !== 'win32' && (file.mode & 0o077) !== 0) {
      return refused('others may read it; its permissions must be u=rw (0600) or less');
    }
    return { warning: undefined, passwordFor: passwordsOf(readFileSync(path, 'utf8')) };
  } catch (thrown) {
    // A home that this user may not look into, as of an image whose HOME is root's, is as good as none.
    return refused(explicit || errno(thrown) !== 'EACCES' ? `it cannot be read: ${meaningOf(thrown)}` : undefined);
  }
}

function passwordsOf(text: string): Passwords {
  const entries = text.split(/\r?\n/).map(fieldsOf);
  return ({ host, port, database, user }) => {
    const hosts = socketFolders.includes(host) ? [host, 'localhost'] : [host];
    const wanted = [hosts, [String(port)], [database], [user]];
    const entry = entries.find((fields) =>
      wanted.every(
        (values, i) =>
          fields[i] === '*' || values.some((value) => fields[i] !== undefined && unescape(fields[i]) === value),
      ),
    );
    const password = entry?.slice(4).join(':');
    return password === undefined || password === '' ? undefined : unescape(password);
  };
}

/** `host:port:database:user:password`; `\:` and `\\` stand for `:` and `\`; `#` begins a comment. The password goes on to the end. */
function fieldsOf(line: string): string[] {
  return line === '' || line.startsWith('#') ? [] : (line.match(/(?<=^|:)(?:[^\\:]|\\.)*\\?(?=:|$)/g) ?? []);
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1');
}
