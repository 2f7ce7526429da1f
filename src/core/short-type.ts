/** A range of timestamps fits, with all of its fields. */
const longest = 110;

/** The text of a type in a line for people: where a struct has many fields, its beginning. The manifest and `--json` have all of it. */
export function shortType(text: string): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}
