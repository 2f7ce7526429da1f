// Tidemark's library, one table after the other, in the words of `job.py`. What its ledger calls lossy is declared.
import { writeSync } from 'node:fs';
import { join } from 'node:path';

const [library, given] = process.argv.slice(2);
const { url: source, tables, out } = JSON.parse(given);
const { show, snapshot } = await import(library);
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

for (const table of tables) {
  say({ begins: table });
  say({ table, ...(await outcome(table)) });
}

async function outcome(table) {
  const options = { source, table, dataset: 'dataset://types/v1', out: join(out, table) };
  try {
    const { location } = await snapshot(options, { env: {} });
    const { manifest } = await show(location);
    const lossy = manifest.version.tables[0].schema.filter(({ exactness }) => exactness === 'lossy');
    // Its warnings are no excuse: they tell of columns kept as text, too.
    return { said: lossy.map((line) => JSON.stringify(line)).join('\n') };
  } catch (error) {
    return { failure: `${error.code}: ${error.message}` };
  }
}
