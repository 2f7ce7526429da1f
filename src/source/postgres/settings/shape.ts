export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** One place where the server may be. */
export interface HostSettings {
  /** A host name, an IP address, or the folder of a unix socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  /** The IP address that a connection was made to; later connections use it, so that all reach the same server. */
  readonly address?: string;
  readonly sslMode: SslMode;
  readonly password: string | undefined;
}

export interface TlsSettings {
  readonly negotiation: 'postgres' | 'direct';
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** PEM texts of the trusted roots; undefined: those that Node brings. */
  readonly roots: readonly string[] | undefined;
  /** PEM texts of the client's certificate and key. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
}

/** All that a connection needs, files read: plain data that may be sent to a worker thread. Holds secrets. */
export interface PostgresSettings {
  /** Tried in this order, as libpq does. At least one. */
  readonly hosts: readonly HostSettings[];
  readonly database: string;
  readonly user: string;
  readonly tls: TlsSettings;
  /** Milliseconds per host; 0 waits for ever. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  /** Command-line options for the server process (`PGOPTIONS`). */
  readonly options: string | undefined;
  /** For people: what was surprising about where the settings came from. */
  readonly warnings: readonly string[];
}
