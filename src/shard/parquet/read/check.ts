import {
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  type PageHeader,
  parquetRead,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { CheckDepth, ExpectedShard, ReadableFile, ShardCheck, ShardFault } from '../../../core/format.js';
import { type FileColumn, fileColumns } from './file-columns.js';
import { fileBuffer, readFooter } from './footer.js';
import { footerTypeName } from './footer-type.js';
import { modestPages } from './page-claims.js';
import { assertRuns, assertRunsOf2, type Levels, levelsOf } from './run-claims.js';
import { unpackGzip } from './unpack-gzip.js';
import { loadUnpackZstd } from './unpack-zstd.js';

/**
 * Reads a shard's footer and compares it with the manifest, then looks at the headers of its pages, or decodes every row group, one
 * column of one row group at a time, so that memory is bounded by the largest column chunk.
 */
export async function check(
  readable: ReadableFile,
  expected: ExpectedShard,
  { depth, signal }: { readonly depth: CheckDepth; readonly signal: AbortSignal | undefined },
): Promise<ShardCheck> {
  const file = fileBuffer(readable, expected.bytes);
  let metadata: FileMetaData;
  try {
    metadata = await readFooter(readable, expected.bytes);
  } catch (thrown) {
    return {
      rows: 0,
      faults: [{ kind: 'unreadable', message: `the Parquet footer cannot be read: ${textOf(thrown)}` }],
    };
  }
  const faults: ShardFault[] = [];
  try {
    faults.push(...footerFaults(metadata, expected));
    if (depth !== 'account' && faults.length === 0)
      faults.push(...(await chunkFaults({ file, metadata }, expected, { depth, signal })));
  } catch (thrown) {
    signal?.throwIfAborted();
    faults.push({ kind: 'unreadable', message: `the Parquet footer says what cannot be: ${textOf(thrown)}` });
  }
  return { rows: Number(metadata.num_rows), faults };
}

function* footerFaults(metadata: FileMetaData, shard: ExpectedShard): Generator<ShardFault> {
  const compare = (kind: 'rows' | 'schema', message: string, expected: string, found: string): ShardFault[] =>
    expected === found ? [] : [{ kind, message, expected, found }];
  yield* compare('rows', 'the footer tells another number of rows', `${shard.rows}`, `${metadata.num_rows}`);
  const groups = metadata.row_groups;
  yield* compare('rows', 'the file has another number of row groups', `${shard.rowGroups}`, `${groups.length}`);
  const rows = groups.reduce((sum, group) => sum + group.num_rows, 0n);
  yield* compare('rows', 'the row groups have another number of rows together', `${shard.rows}`, `${rows}`);
  const columns = fileColumns(metadata.schema).map(({ elements }) => elements);
  const list = (names: readonly string[]): string => shortened(names.join(', '));
  const names = { expected: shard.columns.map(({ name }) => name), found: columns.map(([own]) => own!.name) };
  yield* compare('schema', 'the file has other columns', list(names.expected), list(names.found));
  for (const [index, { name, stored }] of shard.columns.entries()) {
    const column = columns[index];
    if (column?.[0]!.name !== name) continue;
    const found = footerTypeName(column);
    if (found === stored) continue;
    yield { kind: 'schema', message: `column ${name} has another type`, column: name, expected: stored, found };
  }
}

async function chunkFaults(
  { file, metadata }: { readonly file: AsyncBuffer; readonly metadata: FileMetaData },
  shard: ExpectedShard,
  { depth, signal }: { readonly depth: CheckDepth; readonly signal: AbortSignal | undefined },
): Promise<ShardFault[]> {
  const faults: ShardFault[] = [];
  const columns = fileColumns(metadata.schema);
  for (const [index, { name: column, nulls }] of shard.columns.entries()) {
    let nullsFound = 0;
    for (const [rowGroup, { num_rows: count }] of metadata.row_groups.entries()) {
      signal?.throwIfAborted();
      const at = { column, rowGroup };
      try {
        const only = alone(metadata, columns[index]!, rowGroup);
        const chunks = await chunksOf(file, only);
        if (depth !== 'values') continue;
        const read = await readChunk(file, only, await unpackersOf(only, chunks));
        nullsFound += read.nulls;
        if (read.rows !== Number(count)) {
          const counts = { expected: `${count}`, found: `${read.rows}` };
          faults.push({ kind: 'rows', message: 'the column chunk has another number of values', ...at, ...counts });
        }
      } catch (thrown) {
        faults.push({ kind: 'unreadable', message: `the column chunk does not decode: ${textOf(thrown)}`, ...at });
      }
    }
    if (depth === 'values' && faults.length === 0 && nulls !== undefined && nullsFound !== nulls) {
      const message = 'the column has another number of NULLs';
      faults.push({ kind: 'rows', message, column, expected: `${nulls}`, found: `${nullsFound}` });
    }
  }
  return faults;
}

/** A column in a row group, as if the file had nothing else: so what reading it costs does not grow with the others. */
function alone(metadata: FileMetaData, { elements, chunks }: FileColumn, rowGroup: number): FileMetaData {
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

type Unpack = (packed: Uint8Array, claimed: number) => Uint8Array;

const unpackers: Readonly<Partial<Record<string, Unpack>>> = {
  ...compressors,
  GZIP: unpackGzip,
  UNCOMPRESSED: (packed) => packed,
};

/** A column chunk whose pages' headers were looked at. */
interface ModestChunk {
  readonly chunk: ColumnMetaData;
  readonly levels: Levels;
  readonly pages: readonly PageHeader[];
}

/** Of the row group that is alone in it. @throws Error saying which claim of a page's header does not hold */
async function chunksOf(file: AsyncBuffer, { schema, row_groups: [group] }: FileMetaData): Promise<ModestChunk[]> {
  const chunks: ModestChunk[] = [];
  for (const { meta_data: chunk } of group!.columns) {
    if (chunk === undefined) throw new Error('the footer does not say where it is');
    const levels = levelsOf(schema, chunk);
    chunks.push({ chunk, levels, pages: await modestPages(file, chunk, { rows: group!.num_rows, levels }) });
  }
  return chunks;
}

/**
 * Gives every chunk a codec of its own, by which the reader has its pages unpacked, in their order: what is in a page is looked at before
 * the reader does.
 */
async function unpackersOf(
  { row_groups: [group] }: FileMetaData,
  chunks: readonly ModestChunk[],
): Promise<Compressors> {
  const own: Record<string, Unpack> = {};
  for (const [index, { chunk, pages, levels }] of chunks.entries()) {
    const unpack = chunk.codec === 'ZSTD' ? await loadUnpackZstd() : unpackers[chunk.codec];
    if (unpack === undefined) throw new Error(`its codec ${chunk.codec} is not known`);
    const codec = `chunk ${index}`;
    own[codec] = checkedUnpacker(unpack, pages, levels);
    group!.columns[index] = { ...group!.columns[index]!, meta_data: { ...chunk, codec: codec as never } };
  }
  return own;
}

function checkedUnpacker(unpack: Unpack, pages: readonly PageHeader[], levels: Levels): Unpack {
  const packed = pages.filter(({ data_page_header_v2: second }) => second?.is_compressed !== false);
  let next = 0;
  return (bytes, claimed) => {
    const page = packed[next];
    if (page === undefined) throw new Error('it has more pages than were found');
    next += 1;
    const unpacked = unpack(bytes, claimed);
    assertRuns(unpacked, page, levels);
    if (page.data_page_header_v2 !== undefined) assertRunsOf2(unpacked, page.data_page_header_v2);
    return unpacked;
  };
}

async function readChunk(
  file: AsyncBuffer,
  metadata: FileMetaData,
  own: Compressors,
): Promise<{ rows: number; nulls: number }> {
  let rows = 0;
  let nulls = 0;
  await parquetRead({
    file,
    metadata,
    compressors: own,
    utf8: false,
    onChunk: ({ columnData }) => {
      rows += columnData.length;
      if (Array.isArray(columnData))
        for (const value of columnData) if (value === null || value === undefined) nulls += 1;
    },
  });
  return { rows, nulls };
}

/** A finding says what is wrong, and does not repeat a whole file. */
function shortened(text: string): string {
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}… (${text.length} characters)`;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
