import type * as z from 'zod';
import { invalidRequest } from '../../core/errors.js';
import { momentOf } from '../../core/moment.js';
import type { SourceDescription } from '../../core/source-description.js';
import type { SourceRequest } from '../../core/source-request.js';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';
import { isDay } from './time.js';

const statementId = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Of sources whose tables can be read as they were. */
export const moments = {
  'as-of': define({
    schema: kind.text.refine((text) => statementId.test(text) || (zoned.test(text) && isMoment(text))),
    group: 'What to read',
    value: '<moment>',
    help: 'Read tables as they were at a time, or after a statement, where the database can; a query says {as_of} where the moment belongs',
    allowed: 'a time with its zone, such as 2024-06-30T22:00:00Z; of Snowflake also the id of a statement',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;

/** Of sources that bill what they read. */
export const bills = {
  'max-bytes-billed': define({
    schema: kind.size(1),
    group: 'Budgets',
    value: '<size>',
    help: 'Read nothing of which more bytes would be billed, where the database bills bytes',
    allowed: 'bytes, such as 50GiB, at least 1',
  }),
  'max-cost': define({
    schema: kind.amount,
    group: 'Budgets',
    value: '<credits>',
    help: 'Take no more credits, where the database bills time: statements end before that, and none is begun that could not',
    allowed: 'credits, such as 0.5, more than 0',
  }),
  'require-partition-filter': define({
    schema: kind.flag,
    group: 'Budgets',
    help: 'Read no table whole that is cut into partitions, where the database bills bytes: a query with a filter chooses some',
    allowed: 'true or false',
    default: 'false: a warning says so',
  }),
} satisfies Record<string, OptionDefinition>;

type Definitions = typeof moments & typeof bills;
type Values = { readonly [K in keyof Definitions]?: z.output<Definitions[K]['schema']> };

/** @throws request.invalid for what the source does not have */
export function warehouseRequest(
  {
    'as-of': asOf,
    'max-bytes-billed': maxBytesBilled,
    'max-cost': maxCredits,
    'require-partition-filter': isFiltered,
  }: Values,
  { schemes, travelsTo, bills: billed }: SourceDescription,
): Pick<SourceRequest, 'asOf' | 'asOfStatement' | 'maxBytesBilled' | 'maxCredits' | 'requirePartitionFilter'> {
  if (asOf !== undefined && travelsTo.length === 0)
    throw invalidRequest(
      `as-of: ${schemes[0]}:// cannot be read as it was`,
      'Leave it out: what is there when the run begins is read, all of it at one moment.',
    );
  const isStatement = asOf !== undefined && statementId.test(asOf);
  if (isStatement && !travelsTo.includes('statement'))
    throw invalidRequest(
      `as-of: ${schemes[0]}:// cannot be read as it was after a statement`,
      'Give a time with its zone, such as 2024-06-30T22:00:00Z.',
    );
  if (maxBytesBilled !== undefined && billed !== 'bytes')
    throw invalidRequest(`max-bytes-billed: ${schemes[0]}:// bills no bytes`, 'Leave it out.');
  if (maxCredits !== undefined && billed !== 'credits')
    throw invalidRequest(`max-cost: ${schemes[0]}:// bills no credits`, 'Leave it out.');
  if (isFiltered === true && billed !== 'bytes')
    throw invalidRequest(`require-partition-filter: ${schemes[0]}:// bills no bytes`, 'Leave it out.');
  return {
    ...(isFiltered === true && { requirePartitionFilter: true }),
    ...(asOf !== undefined && (isStatement ? { asOfStatement: asOf } : { asOf: microsecondsOf(asOf) })),
    ...(maxBytesBilled !== undefined && { maxBytesBilled }),
    ...(maxCredits !== undefined && { maxCredits }),
  };
}

/** Date takes February 30 for a day of March, and three of a second's digits. */
const isMoment = (text: string): boolean =>
  isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1')));

const microsecondsOf = (text: string): bigint => momentOf(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'), 'us');
