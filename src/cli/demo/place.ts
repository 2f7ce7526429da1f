import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import type { Account } from './account.js';

/** Starts a server on the port that is wanted, or else on one that is free. */
export async function onFreePort<Server>(
  wanted: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(wanted ?? (await freePort()));
    } catch (error) {
      // Between finding a free port and taking it, somebody else may have taken it.
      const taken = error instanceof TidemarkError && error.message.includes('Address already in use');
      if (wanted !== undefined || !taken || attempt === 3) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The folder of a server: the one that is chosen, or else a temporary one with a name that begins so. */
export async function serverFolder(
  prefix: string,
  chosen: string | undefined,
  account: Account | undefined,
): Promise<string> {
  const folder = chosen === undefined ? await mkdtemp(join(await temporaryBase(account), prefix)) : resolve(chosen);
  await mkdir(folder, { recursive: true });
  await own(folder, 0o700, account);
  return folder;
}

/** The path of a unix socket has room for about 100 bytes, and a borrowed account must get there and remove what it made. */
async function temporaryBase(account: Account | undefined): Promise<string> {
  const base = tmpdir();
  if (base.length > 60) return '/tmp';
  if (account === undefined) return base;
  if (((await stat(base)).mode & 0o002) === 0) return '/tmp';
  for (let folder = base; folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return '/tmp';
  }
  return base;
}

export async function own(path: string, mode: number, account: Account | undefined): Promise<void> {
  await chmod(path, mode);
  if (account) await chown(path, account.uid, account.gid);
}
