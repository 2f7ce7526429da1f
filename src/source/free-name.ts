/** A name that no column has; names differ by more than capitals. */
export function freeName(wanted: string, fields: readonly { readonly name: string }[]): string {
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()));
  let name = wanted;
  while (taken.has(name.toLowerCase())) name += '_';
  return name;
}
