import { inLine } from '../../core/in-line.js';
import { classKinds } from '../../core/arrow/class-counts.js';
import { invalidRequest } from '../../core/errors.js';
import { castToOneForm, type Column, typeName } from '../../core/types.js';

/** @throws request.invalid where a table lacks a column of strata, or has one of which the manifest cannot tell the values */
export function checkStrata(
  strata: readonly string[],
  { name: table, columns }: { readonly name: string; readonly columns: readonly Column[] },
): void {
  for (const name of strata) {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) {
      throw invalidRequest(
        `split-strata: ${table} has no column "${inLine(name)}"`,
        `Every table of the version needs it, so that an entity's stratum is known there: join it in a query. Its columns: ${columns.map((one) => one.name).join(', ')}.`,
      );
    }
    const { sourceType, type, redacted, manyTexts } = column;
    const what = `split-strata: column "${inLine(name)}" (${sourceType}, written as ${typeName(type)})`;
    if (redacted) {
      throw invalidRequest(
        `${what} is masked or redacted, and the manifest tells the values of strata`,
        'Leave --split-strata out, or --mask and --redact-stats of that column.',
      );
    }
    if (manyTexts) throw invalidRequest(`${what}: equal values may have different texts`, castToOneForm(name));
    if (!classKinds.includes(type.kind)) {
      throw invalidRequest(`${what} is no column of classes`, 'Choose one of booleans, whole numbers or texts.');
    }
  }
}
