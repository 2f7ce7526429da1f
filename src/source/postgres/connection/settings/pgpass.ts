import { readFileSync, statSync } from 'node:fs';

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

/** @param explicit the file was named; else a missing one is nothing to speak of */
export function readPasswordFile(path: string, explicit: boolean): PasswordFile {
  const refuse = (why?: string): PasswordFile => {
    return { warning: why && `${path} is passed over: ${why}`, passwordFor: () => undefined };
  };
  const file = looked(() => statSync(path));
  // A home that this user may not look into, as of an image whose HOME is root's, is as good as none.
  if (typeof file === 'string') return refuse(explicit ? file : undefined);
  if (!file.isFile()) return refuse('it is not a plain file');
  if (process.platform !== 'win32' && (file.mode & 0o077) !== 0) {
    return refuse('others may read it; its permissions must be u=rw (0600) or less');
  }
  const text = looked(() => ({ lines: readFileSync(path, 'utf8').split(/\r?\n/) }));
  if (typeof text === 'string') return refuse(text);
  const entries = text.lines.map(fieldsOf);
  return {
    warning: undefined,
    passwordFor: ({ host, port, database, user }) => {
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
    },
  };
}

/** @returns what is there, or why it cannot be had */
function looked<Found extends object>(look: () => Found): Found | string {
  try {
    return look();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
  }
}

/** `host:port:database:user:password`; `\:` and `\\` stand for `:` and `\`; `#` begins a comment. The password goes on to the end. */
function fieldsOf(line: string): string[] {
  return line === '' || line.startsWith('#') ? [] : (line.match(/(?<=^|:)(?:[^\\:]|\\.)*\\?(?=:|$)/g) ?? []);
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1');
}
