import { type Data, DataType } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import type { CsvDialect } from '../../../core/format.js';
import { binaryField, boolField, longestUuid, uuidField } from './byte-fields.js';
import type { Field } from './field.js';
import { decimalField, floatField, integerField, longestNumber } from './number-fields.js';
import { textField } from './text-fields.js';
import { nestedField } from './nested-field.js';
import { dateField, intervalField, longestTime, timeField, timestampField } from './time-fields.js';

/**
 * The values of a column of a batch, as fields.
 * @param data plain ({@link import('../../../core/arrow/plain-data.js').plainData}), and from its beginning
 * @throws source.unsupported for a type that CSV files are not written of
 */
export function fieldsOf(data: Data, dialect: CsvDialect): Field {
  const type = data.type as DataType;
  if (DataType.isUtf8(type)) {
    return { write: textField(data, dialect), longest: 2, quotesItself: true, textBytes: textBytes(data) };
  }
  if (DataType.isBinary(type)) return { write: binaryField(data), longest: 4, textBytes: textBytes(data) };
  if (DataType.isInt(type)) return { write: integerField(data), longest: longestNumber };
  if (DataType.isDecimal(type)) return { write: decimalField(data), longest: longestNumber };
  if (DataType.isFloat(type)) return { write: floatField(data), longest: longestNumber };
  if (DataType.isBool(type)) return { write: boolField(data), longest: 5 };
  if (DataType.isDate(type)) return { write: dateField(data), longest: longestTime };
  if (DataType.isTime(type)) return { write: timeField(data), longest: longestTime };
  if (DataType.isTimestamp(type)) return { write: timestampField(data), longest: longestTime };
  if (DataType.isInterval(type)) return { write: intervalField(data), longest: longestTime };
  if (DataType.isFixedSizeBinary(type) && type.byteWidth === 16) {
    return { write: uuidField(data), longest: longestUuid };
  }
  if (DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type)) {
    return nestedField(data, dialect, (inner) => fieldsOf(inner, dialect));
  }
  throw new TidemarkError('source.unsupported', `a column of ${String(type)} cannot be written as CSV`, {
    hint: 'Write Parquet, or cast it to a text in the query.',
  });
}

/** Every byte may become two: a quotation mark is doubled, and base64 takes four for three. */
function textBytes({ valueOffsets }: Data): (from: number, to: number) => number {
  const offsets = valueOffsets as Int32Array;
  return (from, to) => 2 * (offsets[to]! - offsets[from]!);
}
