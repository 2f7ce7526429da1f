import type { SourceDescription } from '../../core/source-description.js';

/** Valohai's guide has the first family of names, its older page the second. */
const own = ['RSHOST', 'RSPORT', 'RSDATABASE', 'RSUSER', 'RSPASSWORD', 'RSREGION', 'RSCLUSTERIDENTIFIER', 'RSIAM'];
const more = ['RSWORKGROUP', 'RSDBGROUPS', 'RSUNLOADROLE'];
const older = ['redshift_host'];

export const redshift: SourceDescription = {
  kind: 'redshift',
  schemes: ['redshift'],
  exampleUrl: 'redshift://cluster-or-workgroup/database?region=eu-west-1',
  variables: 'RS*',
  placeVariables: ['RSHOST', 'RSCLUSTERIDENTIFIER', 'RSWORKGROUP', ...older],
  ownsVariable: (name) => [...own, ...more, ...older].includes(name),
  secretVariables: ['RSPASSWORD'],
  secretUrlParameters: [],
  goesBack: false,
  travelsTo: [],
  roads: {
    stream: 'rows as the server sends them, in one session',
    cursor: 'pieces of a cursor (DECLARE, FETCH FORWARD), which the leader node holds',
    unload: 'files that all nodes write into a bucket (UNLOAD), at --staging',
  },
  unloads: { scheme: 's3', settings: true },
  loadRequests: () => import('./requests.js'),
  load: () => import('./source.js'),
};
