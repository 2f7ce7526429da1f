import {
  type RecordBatch as Batch,
  makeData,
  RecordBatch,
  Struct,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { LedgerLine } from '../../manifest/shape.js';
import { plainNumber } from './key-numbers.js';

/** One text for all texts of the same value; undefined: it is no value of the column. */
export type SameText = (text: string) => string | undefined;

/**
 * How texts are compared that the source has of values which are not the same where their texts differ: its numbers without a precision (`1` and
 * `1.00`), and those that it fills up with blanks.
 * @returns undefined: as they are
 */
export function sameTextOf(line: TextColumn): SameText | undefined {
  if (isNumberAsText(line)) return plainNumber;
  return isText(line) && isPadded(line.sourceType) ? (text) => text.replace(/ +$/, '') : undefined;
}

type TextColumn = Pick<LedgerLine, 'type' | 'mask' | 'sourceType'>;

const isText = ({ type, mask }: TextColumn): boolean => mask === undefined && type === 'utf8';

/** Numbers of the source that are kept as text. */
export const isNumberAsText = (line: TextColumn): boolean =>
  isText(line) && /^(?:numeric|decimal|number)\b/i.test(line.sourceType);

/** Texts of a fixed length. */
export const isPadded = (sourceType: string): boolean =>
  /^(?:bpchar|char|character|nchar)\b(?! varying)/i.test(sourceType);

/** Batches whose texts are those that are compared. @param same by column; undefined: its texts are compared as they are */
export function comparable(same: readonly (SameText | undefined)[]): (batch: Batch) => Batch {
  if (same.every((one) => one === undefined)) return (batch) => batch;
  return (batch) => {
    const { data, numRows, schema } = batch;
    const children = data.children.map((child, column) => {
      const sameText = same[column];
      if (sameText === undefined) return child;
      const texts = [...(batch.getChildAt(column) as Vector<Utf8>)];
      return vectorFromArray(
        texts.map((text) => (text === null ? null : (sameText(text) ?? text))),
        new Utf8(),
      ).data[0]!;
    });
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: numRows, nullCount: 0, children }),
    );
  };
}
