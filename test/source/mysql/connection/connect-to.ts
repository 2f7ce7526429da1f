import { expect } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { connect } from '../../../../src/source/mysql/connection/connect.js';
import type { MysqlConnection } from '../../../../src/source/mysql/connection/connection.js';
import { resolveConnection } from '../../../../src/source/mysql/connection/settings/resolve.js';

export const oddPassword = 'öffne/dich"\'';
export const never = new AbortController().signal;

export function connectTo(url: string, signal = never): Promise<MysqlConnection> {
  const settings = resolveConnection({ url, env: {}, home: '/nonexistent' });
  return connect(settings, { signal, purpose: 'test', stallLimit: 60_000 });
}

export async function failure(url: string, signal?: AbortSignal): Promise<TidemarkError> {
  const error: unknown = await connectTo(url, signal).then(
    (connection) => connection.close().then(() => new Error('it connected')),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TidemarkError);
  const { message, hint, cause } = error as TidemarkError;
  expect(`${message} ${hint} ${String(cause)}`).not.toContain(oddPassword);
  return error as TidemarkError;
}

/** Whether the session is encrypted, as the server says. */
export async function encryption(connection: MysqlConnection): Promise<boolean> {
  const [row] = await connection.query<{ Value: string }>(`SHOW SESSION STATUS LIKE 'Ssl_cipher'`);
  await connection.close();
  expect(connection.wire.encrypted).toBe(row!.Value !== '');
  return row!.Value !== '';
}
