/** Which rows count: all `count`, or those at the first `count` positions of `at`. */
export interface Selected {
  readonly at: Int32Array | undefined;
  readonly count: number;
}
