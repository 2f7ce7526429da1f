/*
 * The messages of google.cloud.bigquery.storage.v1.BigQueryRead that are used, by their field numbers in its storage.proto, stream.proto and
 * arrow.proto.
 */
import { fieldsOf, messageOf } from './protobuf.js';

const service = '/google.cloud.bigquery.storage.v1.BigQueryRead';
export const methods = { createReadSession: `${service}/CreateReadSession`, readRows: `${service}/ReadRows` };

const dataFormatArrow = 2;
/** How buffers of batches are compressed. */
const codecs = { none: 0, zstd: 2 } as const;
/** Timestamps of twelve digits come as text: all others of that option are cut off. */
const picosAsText = 3;

/** What a read session is asked for. */
export interface SessionRequest {
  /** The project that pays. */
  readonly billingProject: string;
  readonly table: { readonly project: string; readonly dataset: string; readonly table: string };
  /** Microseconds since 1970; undefined: the table as it is. */
  readonly moment: bigint | undefined;
  /** Columns; empty: all. */
  readonly columns: readonly string[];
  /** A condition in GoogleSQL that rows must meet. */
  readonly where: string | undefined;
  readonly codec: keyof typeof codecs;
  readonly mostStreams: number;
}

/** One read session. */
export interface ReadSession {
  readonly name: string;
  /** In Arrow's stream format. */
  readonly schema: Uint8Array;
  readonly streams: readonly string[];
  /** What the reading is billed by, where the service says so. */
  readonly bytesScanned: number | undefined;
}

/** CreateReadSessionRequest. */
export function encodeSessionRequest(request: SessionRequest): Uint8Array {
  const { billingProject, table, moment, columns, where, codec, mostStreams } = request;
  const arrow = messageOf({ 2: codecs[codec], 3: picosAsText });
  const session = messageOf({
    3: dataFormatArrow,
    6: tablePath(table),
    7: moment === undefined ? undefined : messageOf({ 1: timestampMessage(moment) }),
    8: messageOf({ 1: columns, 2: where, 3: arrow }),
  });
  return messageOf({ 1: `projects/${billingProject}`, 2: session, 3: mostStreams });
}

/** A table as the service names it. */
export const tablePath = ({ project, dataset, table }: SessionRequest['table']): string =>
  `projects/${project}/datasets/${dataset}/tables/${table}`;

/** google.protobuf.Timestamp of a moment from 1970 on. */
const timestampMessage = (moment: bigint): Uint8Array =>
  messageOf({ 1: Number(moment / 1_000_000n), 2: Number(moment % 1_000_000n) * 1000 });

/** ReadSession. */
export function decodeSession(message: Uint8Array): ReadSession {
  let [name, schema, bytesScanned]: [string, Uint8Array, number | undefined] = ['', new Uint8Array(0), undefined];
  const streams: string[] = [];
  for (const { number, bytes, value } of fieldsOf(message)) {
    if (number === 1) name = textOf(bytes);
    else if (number === 5) schema = firstOf(bytes) ?? schema;
    else if (number === 10) streams.push(textOf(firstOf(bytes) ?? bytes));
    else if (number === 12) bytesScanned = value;
  }
  return { name, schema, streams, bytesScanned };
}

/** ReadRowsRequest. */
export const encodeRowsRequest = (stream: string, offset: number): Uint8Array => messageOf({ 1: stream, 2: offset });

/** Rows of a stream: a batch as one message of Arrow's stream format. */
export interface RowsMessage {
  readonly batch: Uint8Array | undefined;
  readonly rows: number;
}

/** ReadRowsResponse. */
export function decodeRows(message: Uint8Array): RowsMessage {
  let batch: Uint8Array | undefined;
  let rows = 0;
  for (const { number, bytes, value } of fieldsOf(message)) {
    if (number === 4) batch = firstOf(bytes);
    else if (number === 6) rows = value;
  }
  return { batch, rows };
}

/** The bytes of a message's field 1. */
function firstOf(message: Uint8Array): Uint8Array | undefined {
  for (const { number, bytes } of fieldsOf(message)) if (number === 1) return bytes;
  return undefined;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
