import { StorageChannel } from '../../connection/storage-channel.js';
import type { ReadRows } from '../road.js';
import { Batches } from './batches.js';
import { readStream, type StreamRequest } from './read-stream.js';

/** A stream of a read session. */
export interface SessionStream {
  readonly stream: string;
  /** Of the session, in Arrow's stream format. */
  readonly schema: Uint8Array;
}

/** Rows come in Arrow. @param endpoint `host:port` of the Storage Read API; undefined: Google's */
export async function openStreams(
  endpoint: string | undefined,
  asking: Pick<StreamRequest, 'authorization' | 'stallLimit' | 'signal'>,
): Promise<ReadRows<SessionStream>> {
  const channel = await StorageChannel.open(endpoint);
  return {
    read({ stream, schema }, { plan, only }, take) {
      const batches = new Batches(schema, plan.columns, only);
      return readStream({ channel, stream, ...asking }, (message, _rows, firstRow) =>
        take(batches.decode(message, firstRow), message.length),
      );
    },
    close: () => channel.close(),
  };
}
