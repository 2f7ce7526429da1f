/** What a value, or a name beside one, is made of where nobody could take it for another one, or for more than one. */
const plain = /^[^\s\p{C}"'\\,=→]+$/u;

/** A value as text in a line of others: in quotation marks, as JSON has them, where it is not {@link plain}; null: NULL. */
export function shownValue(value: string | null): string {
  if (value === null) return 'NULL';
  return plain.test(value) && value !== 'NULL' ? value : JSON.stringify(value);
}
