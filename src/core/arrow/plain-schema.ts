import { DataType, type Field, FixedSizeList, List, Map_, Schema, Struct } from 'apache-arrow';

/** The schema with every dictionary type, at any depth, replaced by the type of its values: what is written. */
export function plainSchema(schema: Schema): Schema {
  return new Schema(schema.fields.map(plainField), schema.metadata);
}

function plainField(field: Field): Field {
  const type = field.type as DataType;
  if (DataType.isDictionary(type)) return plainField(field.clone({ type: type.dictionary as DataType }));
  if (type.children === null || type.children === undefined || type.children.length === 0) return field;
  const children = (type.children as Field[]).map(plainField);
  if (DataType.isStruct(type)) return field.clone({ type: new Struct(children) });
  if (DataType.isList(type)) return field.clone({ type: new List(children[0]!) });
  if (DataType.isFixedSizeList(type)) return field.clone({ type: new FixedSizeList(type.listSize, children[0]!) });
  if (DataType.isMap(type)) return field.clone({ type: new Map_(children[0] as never, type.keysSorted) });
  return field;
}
