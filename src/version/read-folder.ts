import { readdir } from 'node:fs/promises';
import { TidemarkError } from '../core/errors.js';

export interface FolderEntry {
  readonly name: string;
  readonly folder: boolean;
}

/** What is in a folder, by name. @throws request.invalid where there is no such folder, destination.* where it can't be read */
export async function readFolder(path: string): Promise<FolderEntry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** An error of the file system, in our words. */
export function unreadable(path: string, cause: unknown): TidemarkError {
  const code = errnoOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new TidemarkError('request.invalid', `location: there is no folder ${path}`, {
      cause,
      hint: "Give a version's folder, or an outputs folder that holds exactly one version.",
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new TidemarkError('destination.denied', `${path} cannot be read: permission denied`, {
      cause,
      hint: 'Run as a user that may read it, or change its permissions.',
    });
  }
  return new TidemarkError('destination.io', `${path} cannot be read: ${code ?? String(cause)}`, { cause });
}

export function errnoOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
