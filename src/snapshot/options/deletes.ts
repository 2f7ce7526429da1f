import { invalidRequest } from '../../core/errors.js';
import type { Parameter } from '../../core/source-request.js';
import type { OptionValues } from './table.js';

/** Whether keys of all rows can be kept, and looked at in every run. @throws request.invalid */
export function checkDeletes(values: OptionValues, parameters: readonly Parameter[]): void {
  if (values.deletes === undefined) return;
  if (values.mode !== 'upsert') {
    throw invalidRequest(
      'deletes: goes with --mode upsert and --key: which rows are gone is told by their keys',
      'Add --mode upsert --key id, or leave --deletes out.',
    );
  }
  const unfit = [
    [values.sample !== undefined, 'sample', 'keys of all rows are looked at'],
    [values.limit !== undefined, 'limit', 'keys of all rows are looked at'],
    [values.digest === 'off', 'digest off', 'it keeps hashes of rows'],
    [values['split-datasets'] === true || values.dataset?.includes('{split}'), 'versions of parts', 'keys are of all'],
    [
      parameters.some(({ windowEnd }) => windowEnd !== undefined),
      ':low and :high in a query',
      'it gives the keys between them alone, and all others would look deleted',
    ],
    [values['if-changed'] !== undefined, 'if-changed', 'that reads all rows, and the deleted ones are not among them'],
  ] as const;
  const [, what, why] = unfit.find(([is]) => is) ?? [];
  if (what === undefined) return;
  throw invalidRequest(`deletes: does not go with ${what}: ${why}`, 'Leave one of them out.');
}
