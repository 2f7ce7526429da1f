import { inLine } from '../core/in-line.js';
import { unprintable } from '../core/unprintable.js';

/** A text of the data's own as it may be printed: what is no character to look at is escaped, as JSON would do. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    character === '\n' ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** The same of a name or a value that stands within a line: a line feed of its own would begin one that looks like the program's. */
export const printableInLine = (text: string): string => printable(inLine(text));
