import type { SourceDescription } from '../../core/source-description.js';

const owned = ['GCP_', 'BIGQUERY_', 'GOOGLE_CLOUD_'];

export const bigquery: SourceDescription = {
  kind: 'bigquery',
  schemes: ['bigquery'],
  exampleUrl: 'bigquery://project/dataset?location=EU',
  variables: 'BIGQUERY_* and GCP_*',
  placeVariables: ['BIGQUERY_DATASET', 'BIGQUERY_PROJECT', 'GCP_IAM', 'GCP_KEYFILE_CONTENTS_JSON'],
  ownsVariable: (name) => owned.some((prefix) => name.startsWith(prefix)) || name === 'GOOGLE_APPLICATION_CREDENTIALS',
  secretVariables: ['GCP_KEYFILE_CONTENTS_JSON'],
  secretUrlParameters: [],
  goesBack: true,
  sharesMoments: true,
  travelsTo: ['time'],
  bills: 'bytes',
  roads: {
    arrow: 'the Storage Read API, in Arrow',
    rest: 'pages of the REST API, in JSON',
    unload: 'files that BigQuery writes into a bucket (EXPORT DATA), at --staging',
  },
  unloads: { scheme: 'gs', settings: false, numbers: '*' },
  loadRequests: () => import('./requests.js'),
  load: () => import('./source.js'),
};
