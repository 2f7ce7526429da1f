import { unprintable } from './unprintable.js';

/** A word as a POSIX shell takes it: in quotes where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A word of a command that is printed to be pasted: on one line, and with no character that a terminal does not show as it is. Where there are
 * such, it is in `$'…'`, which bash, zsh and ksh read, and not every `sh`.
 */
export function pastedWord(word: string): string {
  if (word.search(unprintable) < 0) return shellWord(word);
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(unprintable, (character) => (character === '\n' ? '\\n' : octalBytes(character)));
  return `$'${escaped}'`;
}

const octalBytes = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

/** The words of a command that {@link shellWord} has made, as a shell takes them. */
export function wordsOfCommand(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, '$1$2'),
  );
}
