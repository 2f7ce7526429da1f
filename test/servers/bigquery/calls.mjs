// What a call means beyond DuckDB's name for it: the names of a STRUCT's parts, JSON that is text already, the type that its result has. A call is kept
// by the translation with where its argument began, in the tokens (`at`) and in what is written (`from`).
import { quoteName } from './types.mjs';

/** In place of a field: the expression gives its type, whatever a table's column of that name has. */
export const made = Symbol('made');
const makers = new Set(['TO_JSON_STRING', 'ST_ASTEXT', 'STRUCT']);

/** The names of `a.b`, undefined for other expressions. */
function pathOf(tokens) {
  const isPath =
    tokens.length % 2 === 1 &&
    tokens.every(({ kind, text }, i) => (i % 2 === 0 ? kind === 'name' || kind === 'quoted' : text === '.'));
  return isPath ? tokens.filter((_, i) => i % 2 === 0).map((one) => one.value ?? one.text) : undefined;
}

function fieldAt(fields, [name, ...rest]) {
  const found = fields?.find((one) => one.name.toLowerCase() === name?.toLowerCase());
  return found === undefined || rest.length === 0 ? found : fieldAt(found.fields, rest);
}

/** Remembers, for the result's schema, the type of the call whose closing parenthesis was read. */
export function noteType(translation, { of, field }) {
  const { i, lastTyped, found } = translation;
  // An IF has the type of what stands last in it.
  const last = of === 'IF' && lastTyped?.at === i - 2 ? lastTyped.field : undefined;
  const type = field ?? (makers.has(of) ? made : last);
  if (type === undefined) return;
  translation.lastTyped = { at: i - 1, field: type };
  // The name of a STRUCT's part is none of the result's columns.
  const isColumn = translation.is('AS') && translation.parens.at(-1)?.of !== 'STRUCT';
  const alias = isColumn ? translation.at(1) : undefined;
  if (alias !== undefined) found.types.set((alias.value ?? alias.text).toLowerCase(), type);
}

/** Writes the name of a STRUCT's part, of which the comma or parenthesis after it was read: DuckDB wants it before the part. */
export function endPart({ parens, out, tokens, i }) {
  const open = parens.at(-1);
  if (open?.of !== 'STRUCT' || out.length === open.from) return;
  open.count += 1;
  const name = open.name ?? pathOf(tokens.slice(open.at, i - 1))?.at(-1) ?? `_field_${open.count}`;
  out.splice(open.from, 0, quoteName(name), ':=');
  // The comma is not written yet.
  Object.assign(open, { from: out.length + 1, at: i, name: undefined });
}

/** The function for TO_JSON_STRING, of which the parenthesis was read. Which columns are JSON is known when all tables are: as it is written. */
export function jsonFunction({ tokens, i, found }, known) {
  const end = tokens.findIndex((one, at) => at >= i && one.text === ')');
  const path = pathOf(tokens.slice(i, end));
  const isJson = (names) => found.tables.some(({ version }) => fieldAt(version.fields, names)?.type === 'JSON');
  // A path may begin with a table's alias.
  return { toString: () => (path !== undefined && (isJson(path) || isJson(path.slice(1))) ? '' : known) };
}
