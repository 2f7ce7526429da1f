/** Microseconds that the service takes until it tells all changes of a moment (GoogleSQL reference, CHANGES). */
export const settled = 600_000_000n;

const day = 86_400_000_000n;

/** For so long tables can be read as they were, unless their dataset says less. */
export const travelled = 7n * day;

/** Spans of at most a day, which is the most that the service tells the changes of at once. */
export function daysBetween(
  from: bigint,
  moment: bigint,
): readonly { readonly from: bigint; readonly moment: bigint }[] {
  const spans: { from: bigint; moment: bigint }[] = [];
  for (let at = from; at < moment; at += day) spans.push({ from: at, moment: at + day < moment ? at + day : moment });
  return spans;
}
