import { Secret } from '../../core/secret.js';
import type { ConnectionSettings } from '../../core/source-request.js';
import type { CloudIdentity } from '../cloud-identity/settings.js';

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** One place where the server may be. */
export interface HostSettings<Hidden = Secret> {
  /** A host name, an IP address, or the folder of a unix socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  /** The IP address that a connection was made to; later connections use it, so that all reach the same server. */
  readonly address?: string;
  readonly sslMode: SslMode;
  readonly password: Hidden | undefined;
  /** Whose tokens log in, in place of a password. */
  readonly identity?: CloudIdentity;
}

export interface TlsSettings<Hidden = Secret> {
  readonly negotiation: 'postgres' | 'direct';
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** PEM texts of the trusted roots; undefined: those that Node brings. */
  readonly roots: readonly string[] | undefined;
  /** PEM texts of the client's certificate and key. */
  readonly certificate: string | undefined;
  readonly key: Hidden | undefined;
  readonly keyPassword: Hidden | undefined;
}

/** All that a connection needs, files read. */
export interface PostgresSettings<Hidden = Secret> extends ConnectionSettings {
  /** Tried in this order, as libpq does. At least one. */
  readonly hosts: readonly HostSettings<Hidden>[];
  readonly database: string;
  readonly user: string;
  readonly tls: TlsSettings<Hidden>;
  /** Milliseconds per host; 0 waits for ever. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  /** Command-line options for the server process (`PGOPTIONS`). */
  readonly options: string | undefined;
}

/** Settings as they are sent to another thread: secrets do not survive that as what they are. */
export type SentSettings = PostgresSettings<string>;

export function revealed(settings: PostgresSettings): SentSettings {
  return withSecrets(settings, (secret) => secret.reveal());
}

export function hidden(settings: SentSettings): PostgresSettings {
  return withSecrets(settings, (text) => new Secret(text));
}

function withSecrets<From, To>(settings: PostgresSettings<From>, change: (one: From) => To): PostgresSettings<To> {
  const changed = (one: From | undefined): To | undefined => (one === undefined ? undefined : change(one));
  const { hosts, tls } = settings;
  return {
    ...settings,
    hosts: hosts.map((host) => ({ ...host, password: changed(host.password) })),
    tls: { ...tls, key: changed(tls.key), keyPassword: changed(tls.keyPassword) },
  };
}
