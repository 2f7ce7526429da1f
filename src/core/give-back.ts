/** Bytes from which it is worth it; shorter ones may be parts of what others use, too. */
const large = 1 << 18;

/**
 * Gives the memory of bytes back that nobody needs any more. They were held for a while, and what was held for a while is looked at last when memory
 * is searched for what can be freed: in a stream of large pieces, tens of megabytes wait for that.
 * @param bytes which have their memory to themselves; they are empty afterwards
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || byteLength < large) return;
  // Node 20 cannot free it at once, but what is new is looked at often.
  if ('transfer' in buffer) (buffer as { transfer(bytes: number): void }).transfer(0);
  else structuredClone(buffer, { transfer: [buffer] });
}
