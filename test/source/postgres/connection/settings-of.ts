import type { HostSettings, PostgresSettings, TlsSettings } from '../../../../src/source/postgres-protocol/settings.js';

const noTls: TlsSettings = {
  negotiation: 'postgres',
  channelBinding: 'disable',
  roots: undefined,
  certificate: undefined,
  key: undefined,
  keyPassword: undefined,
};

/** Complete settings out of the few that a test is about. */
export function settingsOf(
  host: Partial<HostSettings> & { port: number },
  rest: Partial<Omit<PostgresSettings, 'hosts' | 'tls'>> & { tls?: Partial<TlsSettings> } = {},
): PostgresSettings {
  return {
    hosts: [{ host: '127.0.0.1', sslMode: 'disable', password: undefined, ...host }],
    database: 'postgres',
    user: 'postgres',
    connectTimeout: 10_000,
    applicationName: 'tidemark',
    options: undefined,
    warnings: [],
    ...rest,
    tls: { ...noTls, ...rest.tls },
  };
}
