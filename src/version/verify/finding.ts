/** What a finding is about. */
export type FindingKind =
  | 'manifest'
  | 'chain'
  | 'id'
  | 'signature'
  | 'missing'
  | 'size'
  | 'sha256'
  | 'unreadable'
  | 'schema'
  | 'rows'
  | 'statistics'
  | 'digest'
  | 'split'
  | 'extra'
  | 'metadata';

/** Something that is not as the manifest says. */
export interface Finding {
  readonly kind: FindingKind;
  /** `warning`: worth knowing, but the version holds. */
  readonly severity: 'error' | 'warning';
  /** Relative to the version's folder; of metadata, the name of the metadata file. */
  readonly file: string;
  readonly column?: string;
  /** Index of the row group in the file, from 0. */
  readonly rowGroup?: number;
  /** What is wrong, as one sentence without the file's name. */
  readonly message: string;
  /** What it should be, and what was found instead. */
  readonly expected?: string;
  readonly found?: string;
}

export function failure(kind: FindingKind, file: string, message: string, more: Partial<Finding> = {}): Finding {
  return { kind, severity: 'error', file, message, ...more };
}

export function warning(kind: FindingKind, file: string, message: string): Finding {
  return { kind, severity: 'warning', file, message };
}
