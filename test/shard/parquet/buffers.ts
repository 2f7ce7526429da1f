import { type Data, type DataType, makeData, makeVector, type Map_, type Null } from 'apache-arrow';
import { type Kind, textOf, typeOf, type Value } from './kind.js';

/** Garbage that lies under a NULL: it must never come out. */
const under = 0x5a;

export function dataOf(kind: Kind, values: readonly Value[]): Data {
  const type = typeOf(kind);
  const length = values.length;
  if (kind.kind === 'null') return makeData({ type: type as Null, length });
  const nullCount = values.filter((value) => value === null).length;
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  values.forEach((value, i) => (nullBitmap[i >> 3]! |= value === null ? 0 : 1 << (i & 7)));
  const base = { type, length, nullCount, nullBitmap: nullCount === 0 ? undefined : nullBitmap };
  return makeData({ ...base, ...buffersOf(kind, type, values) } as never);
}

function buffersOf(kind: Kind, type: DataType, values: readonly Value[]): object {
  switch (kind.kind) {
    case 'bool': {
      const data = new Uint8Array((values.length + 7) >> 3);
      values.forEach((value, i) => (data[i >> 3]! |= value === true || value === null ? 1 << (i & 7) : 0));
      return { data };
    }
    case 'text':
    case 'json':
    case 'large-text':
    case 'binary':
    case 'large-binary':
      return variable(values, kind.kind.startsWith('large'));
    case 'text-view':
      return views(values);
    case 'uuid':
    case 'fixed': {
      const width = 'width' in kind ? kind.width : 16;
      const data = new Uint8Array(values.length * width).fill(under);
      values.forEach((value, i) => value !== null && data.set(value as Uint8Array, i * width));
      return { data };
    }
    case 'decimal':
      return { data: words(values, kind.precision > 38 || kind.wide ? 8 : 4) };
    case 'list': {
      const { valueOffsets, flat } = flatten(values);
      return { valueOffsets, child: dataOf(kind.of, flat) };
    }
    case 'map': {
      const { valueOffsets, flat } = flatten(values);
      const keys = dataOf(
        kind.key,
        flat.map((pair) => (pair as [Value, Value])[0]),
      );
      const items = dataOf(
        kind.of,
        flat.map((pair) => (pair as [Value, Value])[1]),
      );
      const entries = (type as Map_).children[0]!.type;
      return {
        valueOffsets,
        child: makeData({ type: entries, length: flat.length, nullCount: 0, children: [keys, items] }),
      };
    }
    case 'fixed-list':
      return {
        child: dataOf(
          kind.of,
          values.flatMap((value) => (value as Value[] | null) ?? Array<Value>(kind.size).fill(null)),
        ),
      };
    case 'struct':
      return {
        children: Object.values(kind.fields).map((of, i) =>
          dataOf(
            of,
            values.map((value) => fieldValue(of, value, i, kind.required)),
          ),
        ),
      };
    case 'dictionary':
      return encoded(kind.of, values);
    default: {
      const data = new (type.ArrayType as unknown as Float64ArrayConstructor)(values.length);
      const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
      values.forEach((value, i) => ((data as unknown as unknown[])[i] = number(kind, value ?? 0n, wide)));
      return { data };
    }
  }
}

/** A required field has a value even where its struct is NULL. */
function fieldValue(of: Kind, struct: Value, i: number, required: boolean | undefined): Value {
  if (struct !== null) return (struct as Value[])[i] as Value;
  return required ? zeroOf(of) : null;
}

function zeroOf(kind: Kind): Value {
  if (kind.kind === 'text') return '';
  return kind.kind === 'float' ? 0 : 0n;
}

function number(kind: Kind, value: Value, wide: boolean): unknown {
  if (kind.kind === 'float16') return halfBits(Number(value));
  return wide ? BigInt(value as bigint) : Number(value);
}

/** The binary16 that is exactly this number. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

function words(values: readonly Value[], stride: number): Uint32Array {
  const data = new Uint32Array(values.length * stride).fill(under);
  values.forEach((value, i) => {
    if (value === null) return;
    for (let k = 0; k < stride; k++)
      data[i * stride + k] = Number(BigInt.asUintN(32, (value as bigint) >> BigInt(32 * k)));
  });
  return data;
}

function bytesOf(value: Value): Uint8Array {
  if (value === null) return Uint8Array.of(under, under, under);
  return typeof value === 'string' ? new TextEncoder().encode(value) : (value as Uint8Array);
}

function variable(values: readonly Value[], large: boolean): object {
  const parts = values.map(bytesOf);
  const valueOffsets = new Int32Array(values.length + 1);
  parts.forEach((part, i) => (valueOffsets[i + 1] = valueOffsets[i]! + part.length));
  const data = new Uint8Array(Buffer.concat(parts));
  return { data, valueOffsets: large ? BigInt64Array.from(valueOffsets, BigInt) : valueOffsets };
}

function views(values: readonly Value[]): object {
  const data = new Uint8Array(values.length * 16);
  const view = new DataView(data.buffer);
  const long: Uint8Array[] = [];
  let used = 0;
  values.forEach((value, i) => {
    const bytes = bytesOf(value);
    view.setInt32(i * 16, bytes.length, true);
    if (bytes.length <= 12) data.set(bytes, i * 16 + 4);
    else {
      data.set(bytes.subarray(0, 4), i * 16 + 4);
      view.setInt32(i * 16 + 12, used, true);
      long.push(bytes);
      used += bytes.length;
    }
  });
  return { views: data, variadicBuffers: [new Uint8Array(Buffer.concat(long))] };
}

function flatten(values: readonly Value[]): { valueOffsets: Int32Array; flat: Value[] } {
  const valueOffsets = new Int32Array(values.length + 1);
  values.forEach((value, i) => (valueOffsets[i + 1] = valueOffsets[i]! + ((value as Value[] | null)?.length ?? 0)));
  return { valueOffsets, flat: values.flatMap((value) => (value as Value[] | null) ?? []) };
}

/** A dictionary in two chunks, the second of which begins with a NULL that nothing uses. */
function encoded(of: Kind, values: readonly Value[]): object {
  const distinct = [
    ...new Map(values.filter((value) => value !== null).map((value) => [textOf(of, value), value])).values(),
  ];
  const half = distinct.length >> 1;
  const entries: Value[] = [...distinct.slice(0, half), null, ...distinct.slice(half)];
  const texts = entries.map((value) => textOf(of, value));
  const data = Int32Array.from(values, (value) => (value === null ? 1e9 : texts.indexOf(textOf(of, value))));
  const chunks = [dataOf(of, entries.slice(0, half)), dataOf(of, entries.slice(half))];
  return { data, dictionary: makeVector(chunks[0]!).concat(makeVector(chunks[1]!)) };
}
