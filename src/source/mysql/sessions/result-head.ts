const header = 4;
const errorMark = 0xff;
const okMark = 0x00;
const endMark = 0xfe;
const longestEnd = 9;

/**
 * Finds where the rows of a result begin: after the number of columns, a definition of each, and a packet that ends these (MySQL
 * manual, "COM_QUERY Response"; servers are never told that they may leave that packet out).
 */
export class ResultHead {
  private kept = new Uint8Array(0);
  private packets = 0;
  private hasEnded = false;

  /**
   * Takes bytes until the head has ended.
   * @returns the whole packets of the head, for the client; and from its end on, the bytes that follow
   */
  take(bytes: Uint8Array): { readonly head: Uint8Array; readonly rest?: Uint8Array; readonly isAnswer?: true } {
    const all = new Uint8Array(this.kept.length + bytes.length);
    all.set(this.kept);
    all.set(bytes, this.kept.length);
    let at = 0;
    while (!this.hasEnded && all.length - at >= header) {
      const length = all[at]! | (all[at + 1]! << 8) | (all[at + 2]! << 16);
      if (all.length - at < header + length) break;
      // An empty packet has none: what lies behind it is another packet's.
      const mark = length > 0 ? all[at + header] : undefined;
      if (this.packets === 0 && (mark === errorMark || mark === okMark)) return { head: all, isAnswer: true };
      if (mark === errorMark) return { head: all, isAnswer: true };
      this.packets += 1;
      at += header + length;
      if (this.packets > 1 && mark === endMark && length < longestEnd) this.hasEnded = true;
    }
    this.kept = all.slice(at);
    return this.hasEnded ? { head: all.subarray(0, at), rest: this.kept } : { head: all.subarray(0, at) };
  }
}
