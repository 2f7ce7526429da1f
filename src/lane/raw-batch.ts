/** Frames of one row group, gathered in shared memory. */
export interface RawBatch {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  length: number;
  rows: number;
}

export function newBatch(bytes: number): RawBatch {
  return { bytes: new Uint8Array(new SharedArrayBuffer(bytes)), length: 0, rows: 0 };
}
