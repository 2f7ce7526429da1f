/** Characters that make a terminal do something, or hide how a text runs: all controls but the line feed, and marks of direction. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of the data's own as it may be printed: what is no character to look at is escaped, as JSON would do. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    character === '\n' ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
