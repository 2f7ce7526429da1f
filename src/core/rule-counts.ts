/** A row that breaks a rule, as far as it may be told. */
export interface Example {
  /** Values of the table's key by column; absent: there is no key, or none that may be told. */
  readonly key?: Readonly<Record<string, string | null>>;
  /** The value that breaks the rule; absent: it is NULL, or may not be told. */
  readonly value?: string;
}

/** What is counted of rows for one rule: plain data that adds up. */
export interface RuleCounts {
  /** Rows that break the rule, where a row can by itself. */
  readonly broken: number;
  /** Some of them, each told once. */
  readonly examples: readonly Example[];
  /** Largest value of a time column, where the rule asks for it, in the column's own unit. */
  readonly newest?: number | bigint;
}

/** More examples than that tell no more. */
export const mostExamples = 5;

/** The counts of the rows of both, rule by rule. */
export function addRuleCounts(a: readonly RuleCounts[], b: readonly RuleCounts[]): readonly RuleCounts[] {
  return a.map((counts, index) => addCounts(counts, b[index]!));
}

function addCounts(a: RuleCounts, b: RuleCounts): RuleCounts {
  const newest = a.newest === undefined || b.newest === undefined ? (a.newest ?? b.newest) : larger(a.newest, b.newest);
  return {
    broken: a.broken + b.broken,
    examples: distinctExamples([...a.examples, ...b.examples]),
    ...(newest !== undefined && { newest }),
  };
}

const larger = (a: number | bigint, b: number | bigint): number | bigint => (a >= b ? a : b);

/** The same for the same row. */
export const exampleIdentity = ({ key, value }: Example): string => JSON.stringify([key, value]);

/** The first few that are not the same. */
function distinctExamples(examples: readonly Example[]): readonly Example[] {
  const found = new Map(examples.map((example) => [exampleIdentity(example), example]));
  return [...found.values()].slice(0, mostExamples);
}
