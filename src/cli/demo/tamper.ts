import { cp, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies a version and changes one byte in the middle of its first Parquet file.
 * @returns the file's name and the place of the byte
 */
export async function tamperedCopy(from: string, to: string): Promise<{ readonly file: string; readonly at: number }> {
  await cp(from, to, { recursive: true, errorOnExist: true });
  const file = (await readdir(to)).filter((name) => name.endsWith('.parquet')).sort()[0]!;
  const handle = await open(join(to, file), 'r+');
  try {
    const at = Math.floor((await handle.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0]! ^= 1;
    await handle.write(byte, 0, 1, at);
    return { file, at };
  } finally {
    await handle.close();
  }
}
