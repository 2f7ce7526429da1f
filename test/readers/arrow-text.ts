import { type Data, DataType, DateUnit, Precision, type Struct, TimeUnit } from 'apache-arrow';
import * as canonical from './canonical.js';

/** The value at `index` of Arrow data as canonical text, from Arrow's own buffers. `extension` is its field's extension name. */
export function arrowText(data: Data, index: number, extension?: string): canonical.CanonicalText {
  const type = data.type as DataType;
  if (DataType.isNull(type) || !data.getValid(index)) return null;
  if (DataType.isDictionary(type)) {
    const vector = data.dictionary!;
    let at = Number((data.values as Int32Array)[index]);
    for (const chunk of vector.data) {
      if (at < chunk.length) return arrowText(chunk as Data, at, extension);
      at -= chunk.length;
    }
  }
  return (
    numberText(data, type, index) ??
    timeText(data, type, index) ??
    bytesText(data, type, index, extension) ??
    nestedText(data, type, index)
  );
}

function numberText(data: Data, type: DataType, index: number): string | undefined {
  if (DataType.isBool(type)) {
    const bit = data.offset + index;
    return ((data.values as Uint8Array)[bit >> 3]! >> (bit & 7)) & 1 ? 'true' : 'false';
  }
  if (DataType.isInt(type)) return String((data.values as Int32Array)[index]);
  if (DataType.isFloat(type)) {
    if (type.precision === Precision.HALF)
      return canonical.floatText(halfFloat((data.values as Uint16Array)[index]!), 64);
    return canonical.floatText((data.values as Float64Array)[index]!, type.precision === Precision.DOUBLE ? 64 : 32);
  }
  if (DataType.isDecimal(type)) {
    const words = (data.values as Uint32Array).subarray(index * data.stride, (index + 1) * data.stride);
    let unscaled = 0n;
    for (let k = words.length - 1; k >= 0; k--) unscaled = (unscaled << 32n) | BigInt(words[k]! >>> 0);
    return canonical.decimalText(BigInt.asIntN(words.length * 32, unscaled), type.scale);
  }
  return undefined;
}

/** IEEE 754 binary16. */
export function halfFloat(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const perSecond: Record<TimeUnit, bigint> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
};

function timeText(data: Data, type: DataType, index: number): string | undefined {
  const value = () => BigInt((data.values as Int32Array)[index]!);
  if (DataType.isDate(type)) return canonical.dateText(type.unit === DateUnit.DAY ? value() : value() / 86_400_000n);
  if (DataType.isTime(type)) return canonical.timeText(value(), perSecond[type.unit]);
  if (DataType.isTimestamp(type)) return canonical.timestampText(value(), perSecond[type.unit], Boolean(type.timezone));
  if (DataType.isDuration(type)) return String(value());
  return undefined;
}

function bytesText(data: Data, type: DataType, index: number, extension: string | undefined): string | undefined {
  if (isText(type)) return Buffer.from(sliceOf(data, index)).toString('utf8');
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type)) {
    return canonical.hexText(sliceOf(data, index));
  }
  if (!DataType.isFixedSizeBinary(type)) return undefined;
  const bytes = (data.values as Uint8Array).subarray(index * type.byteWidth, (index + 1) * type.byteWidth);
  return extension === 'arrow.uuid' ? canonical.uuidText(bytes) : canonical.hexText(bytes);
}

function isText(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
}

function sliceOf(data: Data, index: number): Uint8Array {
  const bytes = data.values as Uint8Array;
  if (data.valueOffsets !== undefined)
    return bytes.subarray(Number(data.valueOffsets[index]), Number(data.valueOffsets[index + 1]));
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * 16, 16);
  const size = view.getInt32(0, true);
  if (size <= 12) return bytes.subarray(index * 16 + 4, index * 16 + 4 + size);
  const from = view.getInt32(12, true);
  return data.variadicBuffers[view.getInt32(8, true)]!.subarray(from, from + size);
}

function nestedText(data: Data, type: DataType, index: number): string {
  const inside = (child: Data, at: number, extension?: string) => {
    const childType = child.type as DataType;
    return canonical.inner(
      arrowText(child, at, extension),
      isText(DataType.isDictionary(childType) ? childType.dictionary : childType),
    );
  };
  const extensionOf = (i: number) => type.children[i]!.metadata.get('ARROW:extension:name');
  if (DataType.isStruct(type)) {
    return canonical.structText(
      type.children.map(({ name }, i) => [name, inside(data.children[i]!, index, extensionOf(i))]),
    );
  }
  const [from, to] = DataType.isFixedSizeList(type)
    ? [index * type.listSize, (index + 1) * type.listSize]
    : [Number(data.valueOffsets[index]), Number(data.valueOffsets[index + 1])];
  const positions = Array.from({ length: to - from }, (_, k) => from + k);
  const child = data.children[0]!;
  if (DataType.isMap(type)) {
    const [keys, items] = child.children;
    const [key, item] = (child.type as Struct).children.map((field) => field.metadata.get('ARROW:extension:name'));
    return canonical.mapText(positions.map((at) => [inside(keys!, at, key), inside(items!, at, item)]));
  }
  return canonical.listText(positions.map((at) => inside(child, at, extensionOf(0))));
}
