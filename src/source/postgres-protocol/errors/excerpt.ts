import { hideSecrets } from '../../../core/hide-secrets.js';

const excerptWidth = 60;

/**
 * Where the server stumbled: `at line 2, column 6: "FROM custmer_data"`.
 * @param position the server's: characters, from 1, in the whole statement sent
 * @param sql the user's part of that statement, and how many characters stand before it
 */
export function excerpt(
  position: string | undefined,
  sql: { readonly text: string; readonly offset: number } | undefined,
  secrets: readonly string[],
): string | undefined {
  if (position === undefined || sql === undefined) return undefined;
  const characters = [...sql.text];
  const at = Number(position) - 1 - sql.offset;
  if (!(at >= 0 && at <= characters.length)) return undefined;
  const before = characters.slice(0, at).join('').split('\n');
  const column = [...before.at(-1)!].length + 1;
  const rest = characters
    .slice(at, at + excerptWidth)
    .join('')
    .split('\n')[0]!;
  const place = `at line ${before.length}, column ${column}`;
  return rest === '' ? place : `${place}: "${hideSecrets(rest, secrets)}"`;
}
