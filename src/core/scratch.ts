import { TidemarkError } from './errors.js';

/**
 * Room on a local disk for what has to wait on its way, such as the row groups of a range that others come before. Nothing
 * of it outlives the run. All calls are synchronous, for threads that do nothing else meanwhile; they throw scratch.full,
 * scratch.io.
 */
export interface Scratch {
  /** @param name letters, digits, `-`; used once at a time */
  create(name: string): ScratchWriter;
  open(name: string): ScratchReader;
  /** Where a file of that name lies, for who moves it. */
  pathOf(name: string): string;
  /** Does nothing where it has gone. */
  remove(name: string): void;
}

export interface ScratchWriter {
  /** Takes the bytes before it returns. */
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface ScratchReader {
  /** The next `length` bytes, valid until the next call. */
  next(length: number): Uint8Array;
  /** `length` bytes from `position` on, valid until the next call; `next` goes on behind them. */
  at(position: number, length: number): Uint8Array;
  close(): void;
}

/** Somebody else has touched what was written. */
export function changedScratch(name: string): TidemarkError {
  return new TidemarkError('scratch.io', `the scratch file ${name} is not what was written to it`, {
    hint: 'Something else changes files there, or its disk lost them. Give another folder with --scratch, then run again.',
  });
}
