import type { LogicalType } from './logical-type.js';

/** An interval whose months, days and time are apart: a month is not made of days, nor a day of hours. */
export const intervalType: LogicalType = {
  kind: 'struct',
  fields: [
    { name: 'months', type: { kind: 'int', bits: 32 } },
    { name: 'days', type: { kind: 'int', bits: 32 } },
    { name: 'microseconds', type: { kind: 'int', bits: 64 } },
  ],
};
