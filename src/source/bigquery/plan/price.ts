/** Dollars for a TiB, by the list of the US (cloud.google.com/bigquery/pricing): a query's bytes on demand, and bytes that are read of tables. */
const dollarsOfTib = { query: 6.25, read: 1.1 } as const;
const tib = 1024 ** 4;

/** What so many bytes cost, for people: other regions and reserved capacity have other prices. */
export function priceOf(bytes: number, what: keyof typeof dollarsOfTib): string {
  const dollars = (bytes / tib) * dollarsOfTib[what];
  const amount = dollars < 0.01 ? 'less than $0.01' : `about $${dollars.toFixed(2)}`;
  return `${amount} at $${dollarsOfTib[what]} a TiB`;
}
