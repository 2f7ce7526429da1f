import { join } from 'node:path';
import { metadataFile } from '../../manifest/valohai.js';
import { pathFrom, tidemarkFrom } from '../typed-command.js';
import type { Stage } from './stage.js';

/** Where the files of the demo are, and what one can do with them. */
export function nextSteps(folder: string, { url, form, composed }: Stage, kept: boolean): string[] {
  const here = pathFrom(process.cwd(), folder);
  const first = join(here, 'outputs', 'customer-data', '2024-q1');
  const tidemark = tidemarkFrom(process.cwd());
  return [
    '',
    'What is there now',
    `   ${join(here, 'outputs', 'customer-data', '2024-q1')}/   Parquet files, and _manifest.2024-q1.json: what they are`,
    `   ${join(here, 'outputs', 'customer-data', '2024-q2')}/   the same for the second version`,
    `   ${join(here, 'outputs', metadataFile)}   makes them dataset versions in Valohai`,
    '',
    'What to try next',
    `   ${tidemark} show ${first}`,
    `   ${tidemark} verify ${first}`,
    `   python3 -c "import pandas as pd; print(pd.read_parquet('${first}').groupby('plan').churn_label.mean())"`,
    `   duckdb -c "SELECT plan, count(*), avg(total_purchases) FROM '${first}/*.parquet' GROUP BY plan"`,
    '',
    kept
      ? 'With the server of the demo, which keeps running, or one of your own'
      : `With a database of your own (the demo's server is removed${composed ? '; docker/compose.yaml starts one that stays' : ''})`,
    `   ${tidemark} plan --source ${kept ? url : form} --table ${kept ? 'customer_data' : 'TABLE'} --dataset 'dataset://NAME/{date}'`,
    `   ${tidemark} snapshot …the same…`,
  ];
}
