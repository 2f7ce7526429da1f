/**
 * How the values of a column come in rows of the binary protocol (MySQL manual, "Binary Protocol Resultset Row"): integers,
 * floats, dates and times packed, little-endian; everything else as bytes whose length comes first. By the name that stands
 * in a column's `wire`.
 */
const forms = {
  int1: 1,
  uint1: 1,
  int2: 2,
  uint2: 2,
  int4: 4,
  uint4: 4,
  int8: 8,
  uint8: 8,
  float4: 4,
  float8: 8,
  date: 'packed',
  datetime: 'packed',
  timestamp: 'packed',
  time: 'packed',
  decimal: 'bytes',
  bits: 'bytes',
  text: 'bytes',
  json: 'bytes',
  'uuid-text': 'bytes',
  binary: 'bytes',
  geometry: 'bytes',
} as const satisfies Readonly<Record<string, WireForm>>;

/** So many bytes; or one byte that says how many follow; or a length of one to nine bytes, and so many bytes. */
export type WireForm = 1 | 2 | 4 | 8 | 'packed' | 'bytes';

export type Wire = keyof typeof forms;

export function formOf(wire: string): WireForm {
  return forms[wire as Wire];
}
