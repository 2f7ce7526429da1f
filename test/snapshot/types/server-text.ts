import pg from 'pg';

/** Under these the server's text of a value does not depend on how it, its role or this machine are set up. */
const settings = [
  `DateStyle = 'ISO, MDY'`,
  `IntervalStyle = 'postgres'`,
  `TimeZone = 'UTC'`,
  `bytea_output = 'hex'`,
  `extra_float_digits = 1`,
  `lc_monetary = 'C'`,
];

/** Rows of a query as the texts that the server itself sends, through the simple protocol: the oracle of these tests. */
export async function serverTexts(url: string, sql: string): Promise<(string | null)[][]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const setting of settings) await client.query(`SET ${setting}`);
    const types = { getTypeParser: () => (value: string) => value };
    const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types });
    return rows;
  } finally {
    await client.end();
  }
}
