import { frameHeader } from '../../../core/zstd.js';

/* Where Zstandard's frames begin and end (RFC 8878, 3.1): magic number, header, blocks, and where the header says so a checksum. */
const magic = 0xfd2fb528;
/** The lowest of sixteen magic numbers of frames that hold nothing for readers: their size follows. */
const skippable = 0x184d2a50;
const [rleBlock, reservedBlock] = [1, 3];

/** Takes a file's bytes as they come, and gives whole frames. It looks at lengths alone: what is in a frame is for the library. */
export class ZstdFrames {
  private held = Buffer.alloc(0);
  private from = 0;
  private to = 0;
  /** Where the frame's next block begins, counted from the frame's begin; 0: its header was not read. */
  private block = 0;

  /** Frames that end within these bytes; each is good until the next is asked for. @throws where they are no frames */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    this.append(piece);
    for (let size = this.frameSize(); size !== undefined; size = this.frameSize()) {
      const frame = this.held.subarray(this.from, this.from + size);
      this.from += size;
      this.block = 0;
      if (frame.readUInt32LE() === magic) yield frame;
    }
  }

  /** @throws where the file ends within a frame */
  end(): void {
    const left = this.to - this.from;
    if (left > 0) throw new Error(`the file ends ${left} bytes after the begin of a frame`);
  }

  private append(piece: Uint8Array): void {
    if (this.to + piece.length > this.held.length) {
      const left = this.to - this.from;
      const grown = Buffer.allocUnsafe(2 * (left + piece.length));
      this.held.copy(grown, 0, this.from, this.to);
      [this.held, this.from, this.to] = [grown, 0, left];
    }
    this.held.set(piece, this.to);
    this.to += piece.length;
  }

  /** How long the frame is that comes next; undefined: not all of it is there. */
  private frameSize(): number | undefined {
    const bytes = this.held.subarray(this.from, this.to);
    if (bytes.length < 8) return undefined;
    const number = bytes.readUInt32LE();
    const size = number === magic ? this.sizeByBlocks(bytes) : skippedSize(number, bytes);
    return size === undefined || size > bytes.length ? undefined : size;
  }

  private sizeByBlocks(bytes: Buffer): number | undefined {
    const { length, checksum } = frameHeader(bytes);
    this.block ||= length;
    while (this.block + 3 <= bytes.length) {
      const header = bytes.readUIntLE(this.block, 3);
      const [isLast, type, size] = [(header & 1) === 1, (header >> 1) & 3, header >> 3];
      if (type === reservedBlock) throw new Error('a block of a frame is of no type');
      const next = this.block + 3 + (type === rleBlock ? 1 : size);
      if (isLast) return next + checksum;
      this.block = next;
    }
    return undefined;
  }
}

function skippedSize(number: number, bytes: Buffer): number {
  if ((number & 0xfffffff0) >>> 0 !== skippable) throw new Error('there are bytes that are no frame of Zstandard');
  return 8 + bytes.readUInt32LE(4);
}
