import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import type { DescribeFile } from '../../../core/format.js';
import { describedType } from './described-type.js';
import { fileColumns } from './file-columns.js';
import { readFooter } from './footer.js';
import { footerTypeName } from './footer-type.js';
import { readable } from './readable.js';

/** What Spark writes beside its schema. */
const sparkVersion = 'org.apache.spark.version';

/** {@link DescribeFile} for Parquet, by the file's footer. */
export const describe: DescribeFile = async (file, bytes) => {
  const metadata = await readable(readFooter(file, bytes));
  const instants = metadata.key_value_metadata?.some(({ key }) => key === sparkVersion) ?? false;
  const chunks = metadata.row_groups.flatMap(({ columns }) => columns.flatMap((column) => column.meta_data ?? []));
  const columns = fileColumns(metadata.schema).map(({ elements, chunks: own }) => ({
    own,
    name: elements[0]!.name,
    stored: footerTypeName(elements),
    ...describedType(elements, { instants }),
  }));
  return {
    rows: Number(metadata.num_rows),
    rowGroups: metadata.row_groups.length,
    columns: columns.map(({ own: _, ...column }) => column),
    codecs: [...new Set(chunks.map(({ codec }) => codec))].sort(),
    createdBy: metadata.created_by,
    dictionaries: columns.flatMap(({ name, type, own }) =>
      type.kind === 'text' && metadata.row_groups.every((group) => isOfFewValues(group.columns[own.first]?.meta_data))
        ? name
        : [],
    ),
    largestRowGroup: metadata.row_groups.reduce((most, group) => Math.max(most, Number(bytesOf(group))), 0),
  };
};

/** Not all writers say of the whole. */
const bytesOf = ({ columns }: FileMetaData['row_groups'][number]): bigint =>
  columns.reduce((sum, { meta_data: chunk }) => sum + (chunk?.total_compressed_size ?? 0n), 0n);

/** So large is the page of a dictionary at most, as it is compressed, that is handed over again with every batch. */
const largestDictionary = 16 * 1024;

/** A dictionary stands before the pages of its chunk. */
function isOfFewValues(chunk: ColumnMetaData | undefined): boolean {
  const { dictionary_page_offset: start, data_page_offset: end } = chunk ?? {};
  return start !== undefined && end !== undefined && start > 0n && end > start && end - start <= largestDictionary;
}
