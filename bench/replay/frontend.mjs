// What a client sends (PostgreSQL manual, "Message Formats"). The first message has no type: int32 length, int32 code. All others:
// a byte for the type, int32 length that counts itself, contents.

const sslRequest = 80877103;
const gssRequest = 80877104;
const QUERY = 0x51; // 'Q'

/** Cuts a client's bytes into messages. Requests for encryption are refused, simple queries shown, all else forwarded. */
export class Frontend {
  #bytes = Buffer.alloc(0);
  #started = false;
  #to;

  constructor(to) {
    this.#to = to;
  }

  add(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let message = this.#next(); message; message = this.#next()) this.#handle(message);
  }

  #next() {
    const header = this.#started ? 1 : 0;
    if (this.#bytes.length < header + 4) return undefined;
    const end = header + this.#bytes.readInt32BE(header);
    if (this.#bytes.length < end) return undefined;
    const message = this.#bytes.subarray(0, end);
    this.#bytes = this.#bytes.subarray(end);
    return message;
  }

  #handle(message) {
    if (!this.#started) {
      const code = message.readInt32BE(4);
      if (code === sslRequest || code === gssRequest) return this.#to.refuse();
      this.#started = true;
    } else if (message[0] === QUERY) {
      return this.#to.query(message.toString('utf8', 5, message.length - 1), message);
    }
    this.#to.forward(message);
  }
}
