// Keeps a server's answer to one statement. Backend messages: a byte for the type, int32 length that counts itself, contents.

const readyForQuery = 0x5a; // 'Z'
const errorResponse = 0x45; // 'E'
const pieceSize = 1 << 20;

export class Recorder {
  #done;
  #pieces = [];
  #room = Buffer.allocUnsafe(pieceSize);
  #used = 0;
  /** The five bytes of a message's header, as far as they have come, and how many bytes of contents follow them. */
  #header = Buffer.alloc(5);
  #headerUsed = 0;
  #contents = 0;
  #type;
  #failed = false;

  /** `done(pieces)` is called when the answer is whole and no error. */
  constructor(done) {
    this.#done = done;
  }

  /** Takes what the server sent; true when the answer has ended. A client that waits for it gets nothing after it. */
  add(bytes) {
    this.#keep(bytes);
    for (let at = 0; at < bytes.length;) {
      const contents = Math.min(this.#contents, bytes.length - at);
      this.#contents -= contents;
      at += contents;
      if (at < bytes.length) this.#header[this.#headerUsed++] = bytes[at++];
      if (this.#headerUsed === 5) this.#startMessage();
    }
    const ended = this.#type === readyForQuery && this.#contents === 0;
    if (ended) this.#finish();
    return ended;
  }

  #startMessage() {
    this.#type = this.#header[0];
    this.#contents = this.#header.readInt32BE(1) - 4;
    this.#headerUsed = 0;
    if (this.#type === errorResponse) this.#failed = true;
  }

  #keep(bytes) {
    for (let at = 0; at < bytes.length;) {
      if (this.#used === pieceSize) this.#nextPiece();
      const step = Math.min(pieceSize - this.#used, bytes.length - at);
      bytes.copy(this.#room, this.#used, at, at + step);
      this.#used += step;
      at += step;
    }
  }

  #nextPiece() {
    this.#pieces.push(this.#room.subarray(0, this.#used));
    this.#room = Buffer.allocUnsafe(pieceSize);
    this.#used = 0;
  }

  #finish() {
    this.#nextPiece();
    if (!this.#failed) this.#done(this.#pieces);
  }
}
