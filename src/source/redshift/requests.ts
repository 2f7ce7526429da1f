/* What a request needs of Redshift before the server is asked: nothing here loads a client. */
export { parameterSign, parametersOf } from '../postgres-protocol/query-parameters.js';
export { resolveConnection } from './connection/settings.js';
