import { DataType, type Field, type Schema } from 'apache-arrow';
import { Repetition } from '../thrift/enumerations.js';
import { type LeafType, leafType } from './physical.js';
import type { Annotation } from '../thrift/enumerations.js';

/** A column of the file: a leaf of the schema tree. Levels are those of Dremel: 0 for required, flat columns. */
export interface Leaf extends LeafType {
  /** Names from the top-level column down. */
  readonly path: readonly string[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/**
 * One element of the schema tree, which is also how a column is taken apart: `definition` and `repetition` are the
 * levels reached when this node's value is there. A list has the repeated group between itself and its element.
 */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: (typeof Repetition)[keyof typeof Repetition];
  readonly annotation: Annotation;
  readonly definition: number;
  readonly repetitionLevel: number;
  readonly shape: 'leaf' | 'struct' | 'list' | 'fixed-list' | 'repeated';
  readonly children: readonly SchemaNode[];
  readonly leaf: Leaf | undefined;
}

export interface ParquetSchema {
  readonly columns: readonly SchemaNode[];
  /** In the order of the file's column chunks. */
  readonly leaves: readonly Leaf[];
}

/** The Parquet schema of an Arrow schema. Dictionary columns are written as their values. @throws source.unsupported */
export function parquetSchema(schema: Schema): ParquetSchema {
  const leaves: Leaf[] = [];
  const top: Position = { path: [], definition: 0, repetition: 0, leaves };
  return { columns: schema.fields.map((field) => fieldNode(field, field.name, top)), leaves };
}

interface Position {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
  readonly leaves: Leaf[];
}

function fieldNode(field: Field, name: string, above: Position): SchemaNode {
  const type = plainType(field.type as DataType);
  const nullable = field.nullable || DataType.isNull(type);
  const here = { ...above, path: [...above.path, name], definition: above.definition + (nullable ? 1 : 0) };
  const repetition = nullable ? Repetition.OPTIONAL : Repetition.REQUIRED;
  const base = { name, repetition, definition: here.definition, repetitionLevel: here.repetition };
  if (DataType.isStruct(type)) {
    const children = type.children.map((child: Field) => fieldNode(child, child.name, here));
    return { ...base, annotation: { kind: 'none' }, shape: 'struct', children, leaf: undefined };
  }
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    const inside = enterRepeated(here, 'list');
    const element = fieldNode(type.children[0] as Field, 'element', inside);
    const shape = DataType.isFixedSizeList(type) ? 'fixed-list' : 'list';
    return {
      ...base,
      annotation: { kind: 'list' },
      shape,
      children: [repeatedNode('list', inside, [element])],
      leaf: undefined,
    };
  }
  if (DataType.isMap(type)) {
    const inside = enterRepeated(here, 'key_value');
    const [key, value] = (type.children[0]!.type as DataType).children as unknown as [Field, Field];
    const entries = [fieldNode(key.clone({ nullable: false }), 'key', inside), fieldNode(value, 'value', inside)];
    return {
      ...base,
      annotation: { kind: 'map' },
      shape: 'list',
      children: [repeatedNode('key_value', inside, entries)],
      leaf: undefined,
    };
  }
  const plain = type === field.type ? field : field.clone({ type });
  const leaf: Leaf = {
    ...leafType(plain),
    path: here.path,
    maxDefinition: here.definition,
    maxRepetition: here.repetition,
  };
  here.leaves.push(leaf);
  return { ...base, annotation: leaf.annotation, shape: 'leaf', children: [], leaf };
}

function enterRepeated(above: Position, name: string): Position {
  return { ...above, path: [...above.path, name], definition: above.definition + 1, repetition: above.repetition + 1 };
}

function repeatedNode(name: string, inside: Position, children: readonly SchemaNode[]): SchemaNode {
  return {
    name,
    repetition: Repetition.REPEATED,
    annotation: { kind: 'none' },
    definition: inside.definition,
    repetitionLevel: inside.repetition,
    shape: 'repeated',
    children,
    leaf: undefined,
  };
}

/** The type of the values: a dictionary's own type is that of what it holds. */
export function plainType(type: DataType): DataType {
  return DataType.isDictionary(type) ? plainType(type.dictionary as DataType) : type;
}
