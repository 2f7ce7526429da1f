import { DataType, type Field } from 'apache-arrow';

/** Whether values of both types have the same bytes and mean the same; names of what is inside lists and maps do not count. */
export function isSameType(a: DataType, b: DataType): boolean {
  if (a.typeId !== b.typeId) return false;
  const [inA, inB] = [fieldsOf(a), fieldsOf(b)];
  if (inA.length !== inB.length) return false;
  if (inA.length > 0) return inA.every((field, index) => isSameField(a, field, inB[index]!));
  // Their texts do not tell how wide they are.
  if (DataType.isDecimal(a) && DataType.isDecimal(b) && a.bitWidth !== b.bitWidth) return false;
  return String(a) === String(b);
}

function isSameField(parent: DataType, a: Field, b: Field): boolean {
  return (!DataType.isStruct(parent) || a.name === b.name) && isSameType(a.type as DataType, b.type as DataType);
}

const fieldsOf = (type: DataType): readonly Field[] => (type.children as Field[] | null) ?? [];
