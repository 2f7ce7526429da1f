import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatBytes } from '../../core/units.js';

/** No file of options and no query is longer. */
const mostBytes = 16 * 2 ** 20;
/** How long a pipe may give nothing, and how long until it is asked again, in milliseconds. */
const patience = 10_000;
const pause = 20;
const pieceBytes = 65_536;

/**
 * Reads a file that the user named. It may be a pipe, as `--query-file <(make-query)` gives one; it is opened without waiting,
 * since a thread that waits for a pipe's writer keeps the process from ending.
 * @throws Error that says why it cannot be read; {@link reason} has its words
 */
export async function readGivenFile(file: string): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await readAll(handle);
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let silent = 0; silent <= patience;) {
    const piece = await readPiece(handle);
    if (piece === undefined) {
      silent += pause;
      await sleep(pause);
      continue;
    }
    if (piece.length === 0) return Buffer.concat(pieces);
    silent = 0;
    total += piece.length;
    if (total > mostBytes) throw new Error(`it is longer than ${formatBytes(mostBytes)}`);
    pieces.push(piece);
  }
  throw new Error(`it has given nothing for ${patience / 1000} s`);
}

/** Undefined: a pipe has nothing yet. */
async function readPiece(handle: FileHandle): Promise<Uint8Array | undefined> {
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(pieceBytes), 0, pieceBytes, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Why a file could not be read, in words. */
export function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a folder';
  return cause instanceof Error ? cause.message : String(cause);
}
