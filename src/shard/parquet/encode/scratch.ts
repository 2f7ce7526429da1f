/** Arrays that are used again from one column chunk to the next, by purpose. Their contents mean nothing between uses. */
export class Scratch {
  private readonly words = new Map<string, Int32Array>();
  private readonly octets = new Map<string, Uint8Array>();

  /** At least `length` words, contents undefined. */
  int32(purpose: WordPurpose, length: number): Int32Array {
    const kept = this.words.get(purpose);
    if (kept !== undefined && kept.length >= length) return kept;
    const fresh = new Int32Array(roomFor(length));
    this.words.set(purpose, fresh);
    return fresh;
  }

  /** At least `length` bytes, contents undefined. */
  bytes(purpose: BytePurpose, length: number): Uint8Array {
    const kept = this.octets.get(purpose);
    if (kept !== undefined && kept.length >= length) return kept;
    const fresh = new Uint8Array(roomFor(length));
    this.octets.set(purpose, fresh);
    return fresh;
  }
}

type WordPurpose =
  | 'present'
  | 'values'
  | 'starts'
  | 'ends'
  | 'codes'
  | 'first'
  | 'table'
  | 'sample'
  | 'dictionary'
  | 'dictionary-ends'
  | 'seen'
  | 'lengths';
type BytePurpose = 'values' | 'dictionary' | 'levels';

function roomFor(length: number): number {
  return Math.ceil((length * 5) / 4 / 1024) * 1024;
}
