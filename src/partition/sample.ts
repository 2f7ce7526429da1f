/** Some of the entities, by a salted hash of their key: the same ones in every table and version. docs/splits.md. Plain data. */
export interface Sample {
  /** Entities at positions below this one, in 10^-9, are in it. */
  readonly below: number;
  /** Names of columns; none: every row is an entity of its own. */
  readonly key: readonly string[];
  readonly salt: string;
}
