import { type Data, makeData, RecordBatch, Struct } from 'apache-arrow';
import { plainData } from '../core/arrow/plain-data.js';
import { take } from '../core/arrow/take.js';
import { arrowSchema, type Column, writtenColumns } from '../core/types.js';
import { hashedTexts } from './hashed-texts.js';
import { repeatedText } from './texts.js';
import { yearsOf } from './years.js';

/** Takes batches of written columns before they are masked, and gives them as they are written. */
export type MaskBatch = (batch: RecordBatch) => RecordBatch;

type MaskColumn = (data: Data) => Data;

/**
 * How batches of a table are masked; undefined where nothing is. docs/masks.md.
 * @param columns those that are written, in their order, as they are read
 * @param key of hashes; needed where a column is masked by one
 */
export function batchMask(columns: readonly Column[], key: string | undefined): MaskBatch | undefined {
  const masks = columns.map((column) => columnMask(column, key));
  if (masks.every((mask) => mask === undefined)) return undefined;
  const schema = arrowSchema(writtenColumns(columns));
  return ({ data, numRows }) => {
    const children = data.children.map((child, index) => masks[index]?.(plainData(child)) ?? child);
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: numRows, nullCount: 0, children }),
    );
  };
}

function columnMask({ mask, type }: Column, key: string | undefined): MaskColumn | undefined {
  switch (mask) {
    case undefined:
      return undefined;
    case 'hash':
      return hashedTexts(type, key!);
    case 'redact':
      return (data) => repeatedText(data, '***');
    case 'null':
      return (data) => take(data, new Int32Array(data.length).fill(-1));
    case 'year':
      return yearsOf;
  }
}
