import type { SourceDescription } from '../../core/source-description.js';

export const postgres: SourceDescription = {
  kind: 'postgres',
  schemes: ['postgres', 'postgresql'],
  exampleUrl: 'postgres://user@host:5432/database?sslmode=verify-full',
  variables: 'PG*',
  placeVariables: ['PGHOST', 'PGHOSTADDR', 'PGDATABASE'],
  ownsVariable: (name) => name.startsWith('PG'),
  secretVariables: ['PGPASSWORD', 'PGSSLPASSWORD'],
  secretUrlParameters: ['password', 'passwd', 'sslpassword'],
  goesBack: false,
  sharesMoments: true,
  travelsTo: [],
  roads: {
    copy: 'binary COPY, the fast road',
    cursor: 'pages of a cursor, for servers and poolers without COPY',
  },
  loadRequests: () => import('./requests.js'),
  load: () => import('./source.js'),
};
