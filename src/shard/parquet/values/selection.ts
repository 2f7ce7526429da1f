/**
 * Which values to take out of Arrow's buffers: those at the positions `at`, or the first `count` where `at` is
 * undefined (nothing is NULL), which mostly needs no copy.
 */
export interface Selection {
  readonly at: Int32Array | undefined;
  readonly count: number;
}
