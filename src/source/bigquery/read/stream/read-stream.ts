import { withPatience } from '../../../../core/retry.js';
import { passes } from '../../connection/errors.js';
import type { StorageChannel } from '../../connection/storage-channel.js';
import { decodeRows } from '../../wire/messages.js';
import { readPatience } from '../../../service-patience.js';

export interface StreamRequest {
  readonly channel: StorageChannel;
  readonly stream: string;
  /** @throws source.auth */
  authorization(): Promise<string>;
  /** Milliseconds that the service may be silent. */
  readonly stallLimit: number;
  readonly signal: AbortSignal;
}

/** Takes a batch, with the row of the stream with which it begins. @returns whether more are wanted */
export type TakeBatch = (batch: Uint8Array, rows: number, firstRow: number) => Promise<boolean>;

/**
 * Reads a stream to its end. What was taken is not read again.
 * @returns how many rows were taken
 * @throws what gRPC says, what `take` throws, the signal's reason
 */
export async function readStream(request: StreamRequest, take: TakeBatch): Promise<number> {
  const { signal } = request;
  let offset = 0;
  let isTaking = false;
  const taking: TakeBatch = async (batch, rows, firstRow) => {
    isTaking = true;
    const isMoreWanted = await take(batch, rows, firstRow);
    isTaking = false;
    offset += rows;
    return isMoreWanted;
  };
  const mayGoOn = (error: unknown): boolean => !isTaking && (passes(error) || isExpiredOrSilent(error));
  const attempt = async (): Promise<'ended' | 'broken'> => {
    const from = offset;
    try {
      await readFrom(request, offset, taking);
      return 'ended';
    } catch (thrown) {
      // Rows came: patience begins anew.
      if (offset > from && mayGoOn(thrown)) return 'broken';
      throw thrown;
    }
  };
  while ((await withPatience(attempt, { ...readPatience, signal }, { passes: mayGoOn })) === 'broken');
  return offset;
}

async function readFrom(
  { channel, stream, authorization, stallLimit, signal }: StreamRequest,
  offset: number,
  take: TakeBatch,
): Promise<void> {
  const call = channel.rows(stream, offset, await authorization());
  const stop = (): void => call.cancel();
  signal.addEventListener('abort', stop, { once: true });
  let silent = setTimeout(stop, stallLimit);
  let at = offset;
  try {
    for await (const message of call as AsyncIterable<Uint8Array>) {
      clearTimeout(silent);
      const { batch, rows } = decodeRows(message);
      if (batch !== undefined && rows > 0 && !(await take(batch, rows, at))) return;
      at += rows;
      silent = setTimeout(stop, stallLimit);
    }
  } finally {
    clearTimeout(silent);
    signal.removeEventListener('abort', stop);
    call.cancel();
  }
}

/** A token that has expired, of which the next attempt has another one; or a stream that was silent for too long. */
const isExpiredOrSilent = (thrown: unknown): boolean =>
  [1, 16].includes(Number((thrown as { readonly code?: unknown }).code));
