import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MysqlServer } from './mysql-server.js';
import { sqlFolder, type StatementResult } from './sql.js';

/** Runs one of the SQL files of fixtures/sql in the database `demo`, as mysql would. The signal ends its connection, and so the file. */
export async function runMysqlFile(
  { host, port, user }: MysqlServer,
  file: string,
  signal: AbortSignal,
  rows?: number,
): Promise<StatementResult[]> {
  const { createConnection } = await import('mysql2/promise');
  const client = await createConnection({ host, port, user, charset: 'utf8mb4' });
  client.on('error', () => undefined);
  const end = (): void => client.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    await client.query('CREATE DATABASE IF NOT EXISTS demo CHARACTER SET utf8mb4');
    await client.query('USE demo');
    if (rows !== undefined) await client.query('SET @tidemark_rows = ?', [rows]);
    const results: StatementResult[] = [];
    for (const statement of statementsOf(await readFile(join(sqlFolder, file), 'utf8'))) {
      const [result] = await client.query(statement);
      results.push({ command: commandOf(statement), rowCount: touchedBy(result) });
    }
    return results;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await client.end().catch(() => undefined);
  }
}

/** The statements of a file, in which each ends with its line. */
function statementsOf(text: string): string[] {
  const withoutComments = text.replaceAll(/^--.*\n/gm, '');
  return withoutComments
    .split(/;\s*\n/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** The files call one procedure alone, and it inserts. */
function commandOf(statement: string): string {
  const [word = ''] = statement.split(/\s/);
  return word === 'CALL' ? 'INSERT' : word;
}

const touchedBy = (result: unknown): number | null =>
  (result as { readonly affectedRows?: number } | undefined)?.affectedRows ?? null;
