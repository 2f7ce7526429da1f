import type { FindDestination } from '../locate.js';

export interface VerifyProgress {
  /** Shards checked, and shards that there are. */
  readonly files: number;
  readonly totalFiles: number;
  /** Bytes hashed, and bytes that the manifest lists. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface VerifyOptions {
  /** Sizes, hashes and footers alone: values are not decoded. */
  readonly quick?: boolean;
  /** The id that the version must have, or its beginning. */
  readonly id?: string;
  /** The public key by which its id must be signed: 32 bytes in base64, or PEM. */
  readonly signer?: string;
  /** Of several machines that check the version together, which one this is: it checks every `count`th file, from `index` on. */
  readonly member?: { readonly index: number; readonly count: number };
  /** Files that are checked at the same time, each in a thread; `auto`, as many as there are cores, unless given. It decides how fast it is, never what is found. */
  readonly lanes?: number | 'auto';
  /** How many cores there are for it; as many as the machine has unless given. */
  readonly cores?: number;
  /** Bytes of memory that it may take: fewer files are read at the same time. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly destinationOf?: FindDestination;
}
