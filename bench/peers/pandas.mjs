import { pythonPeer } from './python.mjs';

/** The way of most guides: a data frame, then CSV. */
export const pandas = pythonPeer({
  name: 'pandas to CSV',
  id: 'pandas',
  packages: ['pandas==3.1.1', 'sqlalchemy==2.1.9', 'psycopg2-binary==2.9.13'],
  program: './read_pandas.py',
});
