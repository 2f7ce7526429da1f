import { RecordBatchReader } from 'apache-arrow';
import { StorageChannel } from '../../connection/storage-channel.js';
import type { TableName } from '../../connection/table-name.js';
import type { ReadRows } from '../road.js';
import { Batches } from './batches.js';
import { readsZstd } from './compression.js';
import { readStream, type StreamRequest } from './read-stream.js';

/** A stream of a read session. */
export interface SessionStream {
  readonly stream: string;
  /** Of the session, in Arrow's stream format. */
  readonly schema: Uint8Array;
}

/** All rows of a table, as one stream of a read session that is begun when they are read. */
export interface WholeTable {
  readonly table: TableName;
  /** Microseconds since 1970. */
  readonly moment: bigint;
  /** Names of the columns that are wanted. */
  readonly columns: readonly string[];
}

/** Rows come in Arrow. */
export async function openStreams(
  {
    endpoint,
    billingProject,
  }: {
    /** `host:port` of the Storage Read API; undefined: Google's. */
    readonly endpoint: string | undefined;
    readonly billingProject: string;
  },
  asking: Pick<StreamRequest, 'authorization' | 'stallLimit' | 'signal'>,
): Promise<ReadRows<SessionStream | WholeTable>> {
  await readsZstd();
  const channel = await StorageChannel.open(endpoint);
  const begin = async (whole: WholeTable): Promise<SessionStream | undefined> => {
    const request = { ...whole, billingProject, where: undefined, codec: 'zstd', mostStreams: 1 } as const;
    const { schema, streams } = await channel.createSession(request, await asking.authorization());
    return streams[0] === undefined ? undefined : { stream: streams[0], schema };
  };
  return {
    async read(piece, wanted, take) {
      const { plan, only, limit } = wanted;
      const found = 'stream' in piece ? piece : await begin(piece);
      if (found === undefined) return 0;
      const places = 'stream' in piece ? only : placesIn(found.schema, piece.columns);
      const batches = new Batches(found.schema, plan.columns, places);
      const rows = await readStream({ channel, stream: found.stream, ...asking }, async (message, count, firstRow) => {
        const { batch, nulled } = batches.decode(message, firstRow, wanted);
        await take(batch, message.length, nulled);
        return firstRow + count < limit;
      });
      return Math.min(rows, limit);
    },
    close: () => channel.close(),
  };
}

/** The service gives columns in the order of the table, whatever the order in which they are asked for. */
function placesIn(schema: Uint8Array, names: readonly string[]): readonly number[] {
  const given = RecordBatchReader.from(schema)
    .open()
    .schema.fields.map(({ name }) => name);
  return names.map((name) => given.indexOf(name));
}
