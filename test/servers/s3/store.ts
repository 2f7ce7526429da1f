/** A store in a process of its own that tests put versions into. */
export interface StoreForTests {
  /** Variables by which it is reached. */
  readonly env: Readonly<Record<string, string>>;
  /** `s3://bucket/prefix?endpoint=…` */
  at(path: string): string;
  contents(): Promise<Contents>;
  /** Forgets all objects and uploads. */
  empty(): Promise<void>;
  stop(): void;
}

export interface Contents {
  readonly objects: readonly { readonly key: string; readonly run: string | undefined }[];
  readonly uploads: readonly { readonly key: string }[];
  /** Method, path and query of each; undefined: the store keeps no account of them. */
  readonly requests?: readonly string[];
}
