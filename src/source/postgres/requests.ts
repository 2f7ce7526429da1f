/* What a request needs of PostgreSQL before the server is asked: nothing here loads its client. */
export { resolveConnection } from './connection/settings/resolve.js';
export { parameterSign, parametersOf } from '../postgres-protocol/query-parameters.js';
