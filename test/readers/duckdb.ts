import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import * as canonical from './canonical.js';
import type { ReadColumn, Reader } from './reader.js';

let instance: Promise<DuckDBInstance> | undefined;

/** Runs a query in DuckDB; values in their canonical text. Files are named in the query: `read_parquet('…')`. */
export async function queryDuckdb(sql: string): Promise<ReadColumn[]> {
  instance ??= DuckDBInstance.create(':memory:');
  const connection = await (await instance).connect();
  try {
    const result = await connection.runAndReadAll(sql);
    const columns = result.getColumns();
    return result.columnNames().map((name, i) => {
      const type = result.columnType(i);
      const values = (columns[i] ?? []).map((value) => text(value, type));
      return { name, type: String(type.alias ?? type), values };
    });
  } finally {
    connection.closeSync();
  }
}

export const duckdb: Reader = {
  name: 'duckdb',
  unavailable: async () => undefined,
  read: (file) => queryDuckdb(`SELECT * FROM read_parquet('${file.replaceAll("'", "''")}')`),
};

function text(value: DuckDBValue, type: DuckDBType): canonical.CanonicalText {
  if (value === null) return null;
  if (typeof value === 'number' && (type.typeId === DuckDBTypeId.FLOAT || type.typeId === DuckDBTypeId.DOUBLE)) {
    return canonical.floatText(value, type.typeId === DuckDBTypeId.FLOAT ? 32 : 64);
  }
  if (value instanceof DuckDBDecimalValue) return canonical.decimalText(value.value, value.scale);
  if (value instanceof DuckDBBlobValue) return canonical.hexText(value.bytes);
  return timeText(value) ?? nestedText(value, type) ?? String(value);
}

function timeText(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBDateValue) return canonical.dateText(BigInt(value.days));
  if (value instanceof DuckDBTimeValue) return canonical.timeText(value.micros, 1_000_000n);
  if (value instanceof DuckDBTimeNSValue) return canonical.timeText(value.nanos, 1_000_000_000n);
  if (value instanceof DuckDBTimestampTZValue) return canonical.timestampText(value.micros, 1_000_000n, true);
  if (value instanceof DuckDBTimestampValue) return canonical.timestampText(value.micros, 1_000_000n, false);
  if (value instanceof DuckDBTimestampSecondsValue) return canonical.timestampText(value.seconds, 1n, false);
  if (value instanceof DuckDBTimestampMillisecondsValue) return canonical.timestampText(value.millis, 1_000n, false);
  if (value instanceof DuckDBTimestampNanosecondsValue)
    return canonical.timestampText(value.nanos, 1_000_000_000n, false);
  return undefined;
}

function nestedText(value: DuckDBValue, type: DuckDBType): string | undefined {
  const inside = (item: DuckDBValue, of: DuckDBType) =>
    canonical.inner(text(item, of), of.typeId === DuckDBTypeId.VARCHAR || of.typeId === DuckDBTypeId.ENUM);
  if (
    (value instanceof DuckDBListValue && type.typeId === DuckDBTypeId.LIST) ||
    (value instanceof DuckDBArrayValue && type.typeId === DuckDBTypeId.ARRAY)
  ) {
    return canonical.listText(value.items.map((item) => inside(item, type.valueType)));
  }
  if (value instanceof DuckDBStructValue && type.typeId === DuckDBTypeId.STRUCT) {
    return canonical.structText(
      type.entryNames.map((name, i) => [name, inside(value.entries[name]!, type.entryTypes[i]!)] as const),
    );
  }
  if (value instanceof DuckDBMapValue && type.typeId === DuckDBTypeId.MAP) {
    return canonical.mapText(
      value.entries.map((entry) => [inside(entry.key, type.keyType), inside(entry.value, type.valueType)] as const),
    );
  }
  return undefined;
}
