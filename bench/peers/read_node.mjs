// Rows from pg-query-stream into parquetjs-lite. It knows no decimals: they go as doubles; 64-bit integers fit into JavaScript's numbers here.
import { join } from 'node:path';
import parquet from 'parquetjs-lite';
import pg from 'pg';
import QueryStream from 'pg-query-stream';

const job = JSON.parse(process.argv[2]);

/** PostgreSQL's type → Parquet's, and how a value of pg becomes one that parquetjs-lite takes. */
const types = {
  16: ['BOOLEAN'],
  20: ['INT64', Number],
  21: ['INT32'],
  23: ['INT32'],
  701: ['DOUBLE'],
  1082: ['DATE', (text) => new Date(`${text}T00:00:00Z`)],
  1114: ['TIMESTAMP_MICROS', (text) => microseconds(`${text.replace(' ', 'T')}Z`)],
  1184: ['TIMESTAMP_MICROS', (text) => microseconds(`${text.replace(' ', 'T')}:00`)],
  1700: ['DOUBLE', Number],
};

/** A `Date` has milliseconds; the other three digits stand in the text. */
function microseconds(text) {
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0');
  return Date.parse(text) * 1000 + Number(fraction.slice(3));
}

for (const type of [1082, 1114, 1184]) pg.types.setTypeParser(type, (text) => text);

const client = new pg.Client({
  ...{ host: job.host, port: job.port, user: job.user, database: job.database },
  ssl: job.tls && { rejectUnauthorized: false },
});
await client.connect();
const columns = (await client.query(`${job.sql} LIMIT 0`)).fields.map(({ name, dataTypeID }) => [
  name,
  ...(types[dataTypeID] ?? ['UTF8']),
]);
const fields = columns.map(([name, type]) => [name, { type, optional: true, compression: 'SNAPPY' }]);
const writer = await parquet.ParquetWriter.openFile(
  new parquet.ParquetSchema(Object.fromEntries(fields)),
  join(job.out, 'data.parquet'),
);
writer.setRowGroupSize(50_000);
const converted = columns.filter(([, , convert]) => convert);
for await (const row of client.query(new QueryStream(job.sql, [], { batchSize: 1000 }))) {
  for (const [name, , convert] of converted) if (row[name] !== null) row[name] = convert(row[name]);
  await writer.appendRow(row);
}
await writer.close();
await client.end();
