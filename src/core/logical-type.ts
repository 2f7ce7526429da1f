/**
 * What the values of a column mean, as plain data: it crosses threads, stands in the manifest, and maps to exactly one
 * Arrow type. `decimal` is decimal128 up to precision 38 and decimal256 up to 76. `timestamp` counts from
 * 1970, `time` from midnight, in microseconds unless `unit` says nanoseconds; `utc` tells an instant (timestamptz) from a wall-clock
 * time. `interval` is months, days and nanoseconds.
 */
export type LogicalType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'date' }
  | { readonly kind: 'interval' }
  | { readonly kind: 'time'; readonly unit?: 'ns' }
  | { readonly kind: 'int'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly utc: boolean; readonly unit?: 'ns' }
  | { readonly kind: 'list'; readonly of: LogicalType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: LogicalType }[] }
  | { readonly kind: 'map'; readonly key: LogicalType; readonly value: LogicalType };
