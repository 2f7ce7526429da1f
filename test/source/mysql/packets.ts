/** The longest payload of a packet; a payload of so many bytes or more goes on in the next one. */
export const longestPayload = 0xff_ffff;

/** A payload as packets of the protocol: length (3 bytes, little-endian) and sequence number before each part. */
export function packets(payload: Buffer, sequence = 0): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; at += longestPayload) {
    const part = payload.subarray(at, at + longestPayload);
    const head = Buffer.alloc(4);
    head.writeUIntLE(part.length, 0, 3);
    head[3] = (sequence + parts.length / 2) & 0xff;
    parts.push(head, part);
    if (part.length < longestPayload) return Buffer.concat(parts);
  }
}

/** The packet that ends definitions or rows: no warnings, status 2. */
export const endPacket = packets(Buffer.from('fe00000200', 'hex'), 7);

export const errorPacket = packets(Buffer.from('\xff\x25\x05#70100Query execution was interrupted', 'latin1'), 9);
