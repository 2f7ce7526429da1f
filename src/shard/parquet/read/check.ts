import { type AsyncBuffer, type Compressors, type FileMetaData, parquetRead } from 'hyparquet';
import type { CheckOptions, ExpectedShard, ReadableFile, ShardCheck, ShardFault } from '../../../core/format.js';
import { assertUnpacked, modestChunks, unpackersOf } from './column-chunks.js';
import { alone, fileColumns } from './file-columns.js';
import { fileBuffer, readFooter } from './footer.js';
import { footerTypeName } from './footer-type.js';
import { limitsOf, type PageLimits } from './page-claims.js';

export { toldValues } from './told-values.js';

/**
 * Reads a shard's footer and compares it with the manifest, then looks at the headers of its pages, or decodes every row group, one
 * column of one row group at a time, so that memory is bounded by the largest column chunk.
 */
export async function check(
  readable: ReadableFile,
  expected: ExpectedShard,
  { depth, signal, ofOthers = false }: CheckOptions,
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
      faults.push(...(await chunkFaults({ file, metadata }, expected, { depth, signal, limits: limitsOf(ofOthers) })));
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

/** Row group by row group, as the file lies: where it is far away, it is fetched once. */
async function chunkFaults(
  { file, metadata }: { readonly file: AsyncBuffer; readonly metadata: FileMetaData },
  shard: ExpectedShard,
  { depth, limits, signal }: CheckOptions & { readonly limits: PageLimits },
): Promise<ShardFault[]> {
  const faults: ShardFault[] = [];
  const columns = fileColumns(metadata.schema);
  const nulls = columns.map(() => 0);
  for (const [rowGroup, { num_rows: count }] of metadata.row_groups.entries()) {
    for (const [index, { name: column }] of shard.columns.entries()) {
      signal?.throwIfAborted();
      const at = { column, rowGroup };
      try {
        const only = alone(metadata, columns[index]!, rowGroup);
        const chunks = await modestChunks(file, only, limits);
        if (depth === 'claims') await assertUnpacked(file, chunks);
        if (depth !== 'values') continue;
        const read = await readChunk(file, only, await unpackersOf(file, only, chunks));
        nulls[index]! += read.nulls;
        if (read.rows !== Number(count)) {
          const counts = { expected: `${count}`, found: `${read.rows}` };
          faults.push({ kind: 'rows', message: 'the column chunk has another number of values', ...at, ...counts });
        }
      } catch (thrown) {
        faults.push({ kind: 'unreadable', message: `the column chunk does not decode: ${textOf(thrown)}`, ...at });
      }
    }
  }
  return depth === 'values' && faults.length === 0 ? nullFaults(shard, nulls) : faults;
}

function nullFaults({ columns }: ExpectedShard, found: readonly number[]): ShardFault[] {
  return columns.flatMap(({ name, nulls }, index) => {
    if (nulls === undefined || nulls === found[index]) return [];
    const message = 'the column has another number of NULLs';
    return [{ kind: 'rows' as const, message, column: name, expected: `${nulls}`, found: `${found[index]}` }];
  });
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
