/** A field that is not of its column's type, or a line that is none. The message says what, without where. */
export class Malformed extends Error {}

/** As much of a field as a message shows. */
export function shownField(bytes: Uint8Array, from: number, to: number): string {
  const text = Buffer.from(bytes.subarray(from, Math.min(to, from + 40))).toString();
  return `${JSON.stringify(text)}${to - from > 40 ? '…' : ''}`;
}
