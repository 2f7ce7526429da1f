/** What can be said of a connection. */
export type SettingName =
  | ('account' | 'user' | 'password' | 'authenticator' | 'role' | 'warehouse' | 'database' | 'schema' | 'host')
  | ('private-key' | 'private-key-file' | 'passphrase' | 'token' | 'token-file' | 'workload-identity-provider')
  | ('query-tag' | 'storage-integration');

export interface GivenSetting {
  readonly value: string;
  /** Who said so, for messages. */
  readonly origin: string;
}

export type GivenSettings = Readonly<Partial<Record<SettingName, GivenSetting>>>;
