import { type Data, type DataType, makeData } from 'apache-arrow';

/** Data of no values, at any depth. */
export function emptyData(type: DataType): Data {
  const fields = (type.children ?? []) as readonly { readonly type: DataType }[];
  const children = fields.map((field) => emptyData(field.type));
  return makeData({ type, length: 0, children, child: children[0] } as never);
}
