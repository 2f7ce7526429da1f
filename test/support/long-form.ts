/** `npm run test:long`: every case of a matrix, and many rounds of what goes by chance. `npm test` has the short form. */
export const isLong = process.env['TIDEMARK_TEST_LONG'] === '1';

/** How often something that goes by chance is done. */
export const rounds = ({ short, long }: { readonly short: number; readonly long: number }): number =>
  isLong ? long : short;

/**
 * The cases that one of several subjects shows. In the short form they are dealt out like cards: each case comes to one
 * subject, and each subject has one at least. In the long form each subject shows all of them.
 * @param to which of the subjects, from 0
 * @param of how many subjects there are
 */
export function dealt<Case>(
  cases: readonly Case[],
  { to, of, all = isLong }: { readonly to: number; readonly of: number; readonly all?: boolean },
): readonly Case[] {
  if (all) return cases;
  const count = Math.max(cases.length, of);
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => index % of === to)
    .map((index) => cases[index % cases.length]!);
}
