// Messages of PostgreSQL's protocol: a type (1 byte), a length (4), the rest.

export interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream of bytes into whole messages. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): readonly Message[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const found: Message[] = [];
    let at = 0;
    while (all.length - at >= 5) {
      const end = at + 1 + all.readInt32BE(at + 1);
      if (end > all.length) break;
      found.push({ type: String.fromCharCode(all[at]!), bytes: all.subarray(at, end) });
      at = end;
    }
    this.#rest = all.subarray(at);
    return found;
  }
}

export function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export const errorMessage = (code: string, text: string): Buffer =>
  message('E', 'SERROR', 'VERROR', `C${code}`, `M${text}`, Buffer.from([0]));

/** Texts that end with a zero, from a position on. */
export function textAt(bytes: Buffer, at: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0, at);
  return { text: bytes.toString('utf8', at, end), next: end + 1 };
}

export interface DescribedField {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
}

/** The fields of a RowDescription. */
export function fieldsIn({ bytes }: Message): readonly DescribedField[] {
  const fields: DescribedField[] = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left -= 1) {
    const name = textAt(bytes, at);
    fields.push({ name: name.text, oid: bytes.readUInt32BE(name.next + 6), typmod: bytes.readInt32BE(name.next + 12) });
    at = name.next + 18;
  }
  return fields;
}

/** The texts of a DataRow. */
export function valuesIn({ bytes }: Message): readonly (string | null)[] {
  const values: (string | null)[] = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left -= 1) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return values;
}

/** A RowDescription with other types. */
export function withTypes({ bytes }: Message, typeOf: (oid: number) => number): Buffer {
  const changed = Buffer.from(bytes);
  const count = changed.readInt16BE(5);
  let at = 7;
  for (let i = 0; i < count; i++) {
    // Name, table (4), attribute (2), type (4), size (2), modifier (4), format (2).
    at = textAt(changed, at).next;
    changed.writeUInt32BE(typeOf(changed.readUInt32BE(at + 6)), at + 6);
    at += 18;
  }
  return changed;
}
