import type { FileMetaData, SchemaElement } from 'hyparquet';

/** A column of the file: its own element first, then those below it. */
export interface FileColumn {
  readonly elements: readonly SchemaElement[];
  /** The chunks of its leaves in every row group. */
  readonly chunks: { readonly first: number; readonly end: number };
}

/** The children of the schema's root, each with what is below it. */
export function fileColumns(schema: readonly SchemaElement[]): FileColumn[] {
  const columns: FileColumn[] = [];
  let leaves = 0;
  for (let index = 1; index < schema.length;) {
    const end = after(schema, index);
    const elements = schema.slice(index, end);
    const first = leaves;
    leaves += elements.filter((element) => element.num_children === undefined).length;
    columns.push({ elements, chunks: { first, end: leaves } });
    index = end;
  }
  return columns;
}

export const columnsByName = (schema: readonly SchemaElement[]): ReadonlyMap<string, FileColumn> =>
  new Map(fileColumns(schema).map((column) => [column.elements[0]!.name, column]));

function after(schema: readonly SchemaElement[], index: number): number {
  let next = index + 1;
  for (let open = childrenOf(schema, index); open > 0; next += 1) open += childrenOf(schema, next) - 1;
  return next;
}

function childrenOf(schema: readonly SchemaElement[], index: number): number {
  const element = schema[index];
  if (element === undefined) throw new Error('the schema has fewer elements than it claims');
  return element.num_children ?? 0;
}

/** A column in a row group, as if the file had nothing else: so what reading it costs does not grow with the others. */
export function alone(metadata: FileMetaData, { elements, chunks }: FileColumn, rowGroup: number): FileMetaData {
  const group = metadata.row_groups[rowGroup]!;
  return {
    ...metadata,
    num_rows: group.num_rows,
    schema: [{ ...metadata.schema[0]!, num_children: 1 }, ...elements.map(withoutAnnotation)],
    row_groups: [{ ...group, columns: group.columns.slice(chunks.first, chunks.end) }],
  };
}

/** Without its annotation a column is read as it is stored: JSON is not parsed, and decimals are not made doubles. */
function withoutAnnotation(element: SchemaElement): SchemaElement {
  if (element.num_children !== undefined) return element;
  const physical = { ...element };
  delete physical.logical_type;
  delete physical.converted_type;
  return physical;
}
