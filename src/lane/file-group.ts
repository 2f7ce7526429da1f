/** Consecutive ranges of a table whose rows go into the same files: those before `end`, from `first` on. */
export interface FileGroup {
  readonly first: number;
  readonly end: number;
}

/** Which group of a table a range belongs to. */
export function groupOf(groups: readonly FileGroup[], range: number): number {
  return groups.findIndex(({ first, end }) => range >= first && range < end);
}
