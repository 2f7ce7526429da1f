import { expect, it } from 'vitest';
import { MisfitTally } from '../../../src/core/fields/misfit-tally.js';
import type { MisfitError } from '../../../src/core/misfit-error.js';
import type { Column, LogicalType } from '../../../src/core/types.js';

const column = (name: string, type: LogicalType): Column => ({
  name,
  sourceType: 'as the server has it',
  type,
  wire: 'text',
  exactness: 'exact',
  redacted: false,
});

const tallyOf = (one: Column): MisfitTally => new MisfitTally(one, 0, { misfit: 'fail', infinity: 'misfit' });

function refused(reject: () => unknown): MisfitError {
  try {
    reject();
  } catch (error) {
    return error as MisfitError;
  }
  return expect.unreachable();
}

it.each<[LogicalType]>([
  [{ kind: 'struct', fields: [{ name: 'months', type: { kind: 'int', bits: 32 } }] }],
  [{ kind: 'date' }],
  [{ kind: 'timestamp', utc: true }],
])('of an infinity of %j it is said what infinities may become', (type) => {
  const { hint } = refused(() => tallyOf(column('c', type)).infinity(0, '-infinity'));
  expect(hint).toContain('--infinity extreme or --infinity null carries on; --cast c=text keeps every value');
});

it('what to do can be pasted, whatever the column is called', () => {
  const { message, hint } = refused(() => tallyOf(column('a=b\n', { kind: 'date' })).reject(0, 'x'));
  expect(hint).toContain(`--cast '"a=b\n"=text' keeps every value`);
  expect(message).toContain('Column "a=b\\u000a" (');
  const decimal = column('a b', { kind: 'decimal', precision: 5, scale: 2 });
  expect(refused(() => tallyOf(decimal).reject(0, '1234.5')).hint).toContain(
    `--cast 'a b=decimal(p,s)' with more digits (76 at most), or --cast 'a b=text', keeps`,
  );
});

it('a value inside of another one is said to be there', () => {
  const of = { kind: 'decimal', precision: 38, scale: 10 } as const;
  const inside = (outer: Column): MisfitError =>
    refused(() =>
      tallyOf(outer)
        .inside(column('element', of), 0, (row) => row)
        .reject(0, 'NaN'),
    );
  expect(inside(column('v', { kind: 'list', of })).message).toContain(
    'NaN does not fit decimal128(38,10) of an element',
  );
  const fields = [{ name: 'f', type: of }];
  expect(inside(column('v', { kind: 'struct', fields })).message).toContain('decimal128(38,10) of a part');
});
