import { type Data, DataType } from 'apache-arrow';
import { bitAt, validity } from '../../../core/arrow/bitmap.js';
import type { Field } from './field.js';
import type { JsonBytes } from './json-bytes.js';

/** Writes the value at a position, NULL too. */
export type WriteJson = (position: number, out: JsonBytes) => void;

/** How a single value is written as a field. */
export type FieldOf = (data: Data) => Field;

/**
 * Values as JSON: numbers with all their digits, what JSON has no form for as the text that the field of such a column has. A map
 * is an object where its keys are texts, else a list of objects with `key` and `value`.
 * @param data plain
 */
export function jsonValues(data: Data, fieldOf: FieldOf): WriteJson {
  const write = presentValues(data, fieldOf);
  const valid = validity(data);
  if (valid === undefined) return write;
  return (position, out) => (bitAt(valid, position) === 1 ? write(position, out) : out.ascii('null'));
}

function presentValues(data: Data, fieldOf: FieldOf): WriteJson {
  const type = data.type as DataType;
  if (DataType.isList(type)) {
    const element = jsonValues(data.children[0]!, fieldOf);
    return sequence(data, ['[', ']'], element);
  }
  if (DataType.isMap(type)) return mapValues(data, fieldOf);
  if (DataType.isStruct(type)) return structValues(data, fieldOf);
  if (DataType.isUtf8(type)) return texts(data);
  return singleValues(data, fieldOf);
}

function sequence({ valueOffsets }: Data, [open, close]: readonly [string, string], item: WriteJson): WriteJson {
  const offsets = valueOffsets as Int32Array;
  return (position, out) => {
    out.ascii(open);
    const [first, end] = [offsets[position]!, offsets[position + 1]!];
    for (let at = first; at < end; at++) {
      if (at > first) out.ascii(',');
      item(at, out);
    }
    out.ascii(close);
  };
}

function mapValues(data: Data, fieldOf: FieldOf): WriteJson {
  const [keys, values] = data.children[0]!.children as [Data, Data];
  const [key, value] = [jsonValues(keys, fieldOf), jsonValues(values, fieldOf)];
  if (DataType.isUtf8(keys.type)) {
    return sequence(data, ['{', '}'], (at, out) => {
      key(at, out);
      out.ascii(':');
      value(at, out);
    });
  }
  return sequence(data, ['[', ']'], (at, out) => {
    out.ascii('{"key":');
    key(at, out);
    out.ascii(',"value":');
    value(at, out);
    out.ascii('}');
  });
}

function structValues({ type, children }: Data, fieldOf: FieldOf): WriteJson {
  const fields = children.map((child, index) => {
    const { name } = (type as DataType).children[index]!;
    return { name: Buffer.from(name as string), write: jsonValues(child, fieldOf) };
  });
  return (position, out) => {
    out.ascii('{');
    for (const [index, { name, write }] of fields.entries()) {
      if (index > 0) out.ascii(',');
      out.text(name);
      out.ascii(':');
      write(position, out);
    }
    out.ascii('}');
  };
}

function texts({ values, valueOffsets }: Data): WriteJson {
  const bytes = (values as Uint8Array | undefined) ?? new Uint8Array(0);
  const offsets = valueOffsets as Int32Array;
  return (position, out) => out.text(bytes.subarray(offsets[position], offsets[position + 1]));
}

function singleValues(data: Data, fieldOf: FieldOf): WriteJson {
  const { write, longest, textBytes } = fieldOf(data);
  const bare = isBare(data);
  const isFloat = DataType.isFloat(data.type);
  return (position, out) => {
    // Who reads -0 as a whole number has lost its sign.
    if (isFloat && Object.is((data.values as Float64Array)[position], -0)) return out.ascii('-0.0');
    const most = longest + (textBytes?.(position, position + 1) ?? 0);
    // A field that is empty stands in quotation marks already.
    const quoted = !bare(position);
    if (quoted) out.ascii('"');
    out.add(most, (bytes, at) => write(position, bytes, at));
    if (quoted) out.ascii('"');
  };
}

/** Whether a value stands without quotation marks of JSON's. */
function isBare(data: Data): (position: number) => boolean {
  const type = data.type as DataType;
  if (DataType.isBinary(type)) {
    const offsets = data.valueOffsets as Int32Array;
    return (position) => offsets[position] === offsets[position + 1];
  }
  if (DataType.isFloat(type)) return (position) => Number.isFinite((data.values as Float64Array)[position]);
  const always = DataType.isInt(type) || DataType.isDecimal(type) || DataType.isBool(type);
  return () => always;
}
