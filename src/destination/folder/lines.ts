import type { AnnouncementFile } from '../../core/destination.js';

const newline = 0x0a; // \n

/** What was there, byte for byte, then the lines. A last line that lacks its newline gets one. */
export function appendLines(existing: Uint8Array, lines: readonly string[]): Buffer {
  if (lines.length === 0) return Buffer.from(existing);
  const endsOpen = existing.length > 0 && existing[existing.length - 1] !== newline;
  return Buffer.concat([existing, Buffer.from(`${endsOpen ? '\n' : ''}${lines.join('\n')}\n`)]);
}

/** Takes lines out again, each once; all other bytes stay as they are. */
export function removeLines(existing: Uint8Array, lines: readonly string[]): Buffer {
  const unwanted = [...lines];
  const kept = splitLines(existing).filter((line) => {
    const index = unwanted.indexOf(line.toString('utf8').replace(/\n$/, ''));
    if (index >= 0) unwanted.splice(index, 1);
    return index < 0;
  });
  return Buffer.concat(kept);
}

/** Those of `lines` that the file does not hold yet. */
export function missingLines(existing: Uint8Array, lines: readonly string[]): string[] {
  const present = new Set(splitLines(existing).map((line) => line.toString('utf8').replace(/\n$/, '')));
  return lines.filter((line) => !present.has(line));
}

/** Each line with its newline. */
function splitLines(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: Buffer[] = [];
  for (let start = 0; start < buffer.length;) {
    const at = buffer.indexOf(newline, start);
    const end = at < 0 ? buffer.length : at + 1;
    lines.push(buffer.subarray(start, end));
    start = end;
  }
  return lines;
}

/** Whether any line speaks of the dataset version `uri`. */
export function namesVersion(existing: Uint8Array, uri: string, announcements: AnnouncementFile): boolean {
  return splitLines(existing).some((line) => announcements.names(line.toString('utf8'), uri));
}
