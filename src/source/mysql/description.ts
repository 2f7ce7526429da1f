import type { SourceDescription } from '../../core/source-description.js';

export const mysql: SourceDescription = {
  kind: 'mysql',
  schemes: ['mysql', 'mariadb'],
  exampleUrl: 'mysql://user@host:3306/database?ssl-mode=VERIFY_IDENTITY',
  variables: 'MYSQL_*',
  placeVariables: ['MYSQL_HOST', 'MYSQL_DATABASE', 'MYSQL_DB', 'MYSQL_UNIX_PORT', 'MYSQL_SOCKET'],
  ownsVariable: (name) => name.startsWith('MYSQL_'),
  secretVariables: ['MYSQL_PWD', 'MYSQL_PASSWORD'],
  secretUrlParameters: ['password'],
  goesBack: false,
  travelsTo: [],
  roads: { rows: 'the rows of prepared statements' },
  loadRequests: () => import('./requests.js'),
  load: () => import('./source.js'),
};
