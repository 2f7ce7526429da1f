/** A text in GoogleSQL. */
export function textLiteral(text: string): string {
  const escaped = text.replace(
    /[\\'\n\r\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `'${escaped}'`;
}

/** A name of a column or a part of one in GoogleSQL. */
export const quotedName = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
