import { closest } from 'fastest-levenshtein';
import { TidemarkError } from './errors.js';
import { inLine } from './in-line.js';

/** An option that names a column which none of the tables has. */
export function missingColumn(
  option: string,
  name: string,
  tables: readonly { readonly columns: readonly { readonly name: string }[] }[],
): TidemarkError {
  const names = [...new Set(tables.flatMap(({ columns }) => columns.map((column) => column.name)))];
  const nearest = names.length === 0 ? '' : ` Did you mean "${inLine(closest(name, names))}"?`;
  return new TidemarkError('request.invalid', `${option}: there is no column "${inLine(name)}".${nearest}`, {
    hint: `Columns: ${names.map(inLine).join(', ')}.`,
  });
}
