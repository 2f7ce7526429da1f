import type { SourceDescription } from '../../core/source-description.js';

export const snowflake: SourceDescription = {
  kind: 'snowflake',
  schemes: ['snowflake'],
  exampleUrl: 'snowflake://organization-account/database/schema?warehouse=name',
  variables: 'SNOWFLAKE_* and SNOWSQL_*',
  placeVariables: ['SNOWFLAKE_ACCOUNT', 'SNOWSQL_ACCOUNT', 'SNOWFLAKE_DEFAULT_CONNECTION_NAME'],
  ownsVariable: (name) =>
    name.startsWith('SNOWFLAKE_') || name.startsWith('SNOWSQL_') || name === 'PRIVATE_KEY_PASSPHRASE',
  secretVariables: [
    ...['SNOWFLAKE_PASSWORD', 'SNOWSQL_PWD', 'SNOWFLAKE_TOKEN', 'SNOWSQL_TOKEN'],
    ...['SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_PRIVATE_KEY_RAW', 'SNOWSQL_PRIVATEKEY'],
    ...['SNOWFLAKE_PRIVATE_KEY_PASSPHRASE', 'SNOWFLAKE_PRIVATE_KEY_FILE_PWD', 'PRIVATE_KEY_PASSPHRASE'],
    ...['SNOWSQL_PRIVATE_KEY_PASSPHRASE', 'SNOWSQL_PASSPHRASE'],
  ],
  secretUrlParameters: [],
  goesBack: true,
  sharesMoments: true,
  travelsTo: ['time', 'statement'],
  bills: 'credits',
  roads: {
    auto: 'the SQL API where the identity allows it, else chunks',
    api: 'partitions of the SQL API',
    chunks: "result chunks of the driver's session",
    unload: 'files that Snowflake writes into a bucket (COPY INTO), at --staging',
  },
  unloads: { scheme: 's3', settings: true },
  loadRequests: () => import('./requests.js'),
  load: () => import('./source.js'),
};
