/**
 * Names in texts are taken as they stand: only blanks beside a comma between several do not count, and a name in quotation marks
 * (`""` for one inside of it) may have commas, equals signs and blanks anywhere.
 */

/** The items of a text, as they are written there; what stands in quotation marks is of one. */
export function itemsIn(text: string): string[] {
  return [...text.matchAll(/\s*"(?:[^"]|"")+"[^,]*|[^,]+/g)]
    .map(({ 0: item, index }) => {
      const begun = index === 0 ? item : item.trimStart();
      return index + item.length === text.length ? begun : begun.trimEnd();
    })
    .filter((item) => item !== '');
}

/** The name that an item is. */
export function nameOf(item: string): string {
  const [, quoted] = /^\s*"((?:[^"]|"")+)"\s*$/.exec(item) ?? [];
  return quoted?.replaceAll('""', '"') ?? item;
}

/** One name, perhaps with a value: `train=0.7`, `train`. */
export interface NamedValue {
  readonly name: string;
  readonly value: string | undefined;
}

/** The name before the first `=` that is not in quotation marks, and what stands after it. */
export function namedValue(item: string): NamedValue {
  const [before, quoted] = /^\s*"((?:[^"]|"")+)"\s*=/.exec(item) ?? [];
  if (before !== undefined) return { name: quoted!.replaceAll('""', '"'), value: item.slice(before.length) };
  const at = item.indexOf('=');
  return at < 0 ? { name: nameOf(item), value: undefined } : { name: item.slice(0, at), value: item.slice(at + 1) };
}

/** Items of a map in one text: a comma begins the next one only where a name and `=` follow. */
export function pairsIn(text: string): string[] {
  const next = String.raw`\s*,\s*(?=(?:[\w.-]+|"(?:[^"]|"")+")=)`;
  const item = new RegExp(String.raw`(?:^|${next})((?:"(?:[^"]|"")+"(?==))?.*?)(?=${next}|$)`, 'gs');
  return [...text.matchAll(item)].map(([, pair]) => pair!).filter((pair) => pair !== '');
}
