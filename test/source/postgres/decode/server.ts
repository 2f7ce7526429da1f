import pg from 'pg';

/** Settings under which the oracle's texts are compared; every session of the tests has them. */
const settings = `SET DateStyle = ISO; SET TimeZone = 'UTC'; SET bytea_output = hex; SET extra_float_digits = 1`;

export async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(settings);
  return client;
}

/** Rows as arrays of the texts that the server sends. */
export async function textRows(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<(string | null)[][]> {
  const types = { getTypeParser: () => (value: string) => value };
  const result = await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array', types });
  return result.rows;
}

/** What `COPY (sql) TO STDOUT (FORMAT binary)` brings, as frames: whole CopyData messages, without header and trailer. */
export async function copyFrames(client: pg.Client, sql: string): Promise<Buffer> {
  const payloads: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    client.query({
      submit: (connection: pg.Connection) => connection.query(`COPY (${sql}) TO STDOUT (FORMAT binary)`),
      handleCopyData: ({ chunk }: { chunk: Buffer }) => payloads.push(Buffer.from(chunk)),
      handleCommandComplete: () => undefined,
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    } as pg.Submittable);
  });
  // The header (19 bytes) comes with the first row, the trailer (int16 −1) alone.
  const [first, ...rest] = payloads;
  if (!first?.subarray(0, 11).equals(Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'))) throw new Error('no COPY header');
  const rows = [first.subarray(19), ...rest].filter((payload) => payload.length > 0);
  if (rows.pop()?.readInt16BE() !== -1) throw new Error('no COPY trailer');
  return Buffer.concat(rows.map(frameOf));
}

/** A CopyData message: 'd', int32 length with itself, payload. */
export function frameOf(payload: Buffer): Buffer {
  const frame = Buffer.alloc(5 + payload.length);
  frame[0] = 0x64;
  frame.writeInt32BE(4 + payload.length, 1);
  payload.copy(frame, 5);
  return frame;
}

/** Positions of the frames' starts, and the end. */
export function frameStarts(frames: Uint8Array): number[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const starts = [0];
  for (let at = 0; at < frames.length;) starts.push((at += 1 + view.getInt32(at + 1)));
  return starts;
}
