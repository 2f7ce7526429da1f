import { join, relative, sep } from 'node:path';
import { main } from './command.js';

/** Where the files of the demo are, and what one can do with them. */
export function nextSteps(folder: string, keptServer: string | undefined): string[] {
  const here = fromHere(folder);
  const first = join(here, 'outputs', 'customer-data', '2024-q1');
  const installed = main.split(sep).includes('node_modules');
  const tidemark = installed ? 'npx tidemark' : `node ${fromHere(main)}`;
  return [
    '',
    'What is there now',
    `   ${join(here, 'outputs', 'customer-data', '2024-q1')}/   Parquet files, and _manifest.2024-q1.json: what they are`,
    `   ${join(here, 'outputs', 'customer-data', '2024-q2')}/   the same for the second version`,
    `   ${join(here, 'outputs', 'valohai.metadata.jsonl')}   makes them dataset versions in Valohai`,
    '',
    'What to try next',
    `   ${tidemark} show ${first}`,
    `   ${tidemark} verify ${first}`,
    `   python3 -c "import pandas as pd; print(pd.read_parquet('${first}').groupby('plan').churn_label.mean())"`,
    `   duckdb -c "SELECT plan, count(*), avg(total_purchases) FROM '${first}/*.parquet' GROUP BY plan"`,
    '   Change one byte of a Parquet file, and verify again.',
    '',
    keptServer === undefined
      ? "With a database of your own (the demo's server is removed; docker/compose.yaml starts one that stays)"
      : 'With the server of the demo, which keeps running, or one of your own',
    `   ${tidemark} plan --source ${keptServer ?? 'postgres://USER@HOST/DATABASE'} --table ${keptServer === undefined ? 'TABLE' : 'customer_data'} --dataset 'dataset://NAME/{date}'`,
    `   ${tidemark} snapshot …the same…`,
  ];
}

/** A path as one types it in the working folder: relative below it, else in full. */
function fromHere(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith('..') ? path : way || '.';
}
