import { shortTextForm } from './text-form.js';

const ipv4 = 2;
const ipv6 = 3;

/**
 * inet and cidr: an address, and behind it how many bits of it are the network's; inet leaves that out where it is all of them.
 *
 *     0     uint8   2: IPv4, 3: IPv6
 *     1     uint8   bits of the network
 *     2     uint8   1: cidr
 *     3     uint8   bytes of the address
 *     4     address
 */
export const inetForm = shortTextForm(64, [8, 20], (view, at, length) => {
  const [family, bits, isCidr, bytes] = [0, 1, 2, 3].map((offset) => view.getUint8(at + offset));
  if (bytes !== length - 4 || family !== (bytes === 4 ? ipv4 : ipv6) || bits! > bytes * 8) return undefined;
  const address = bytes === 4 ? dotted(view, at + 4) : colons(view, at + 4);
  return isCidr === 0 && bits === bytes * 8 ? address : `${address}/${bits}`;
});

function dotted(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((offset) => view.getUint8(at + offset)).join('.');
}

/** As the server writes IPv6: the first of the longest runs of two and more zero words is `::`, and an IPv4 address in it has dots. */
function colons(view: DataView, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i));
  const run = longestZeros(words);
  const hasIpv4 = run.from === 0 && (run.length === 6 || (run.length === 5 && words[5] === 0xffff));
  const hex = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  const end = hasIpv4 ? 6 : 8;
  const tail = hasIpv4 ? dotted(view, at + 12) : '';
  if (run.length < 2) return hex(0, 8);
  const rest = [hex(Math.min(run.from + run.length, end), end), tail].filter((part) => part !== '').join(':');
  return `${hex(0, run.from)}::${rest}`;
}

function longestZeros(words: readonly number[]): { readonly from: number; readonly length: number } {
  let best = { from: -1, length: 0 };
  for (let from = 0; from < words.length; from++) {
    let length = 0;
    while (words[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  return best;
}

const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

/** macaddr and macaddr8: 6 or 8 bytes. */
export const macForm = shortTextForm(23, [6, 8], (view, at, length) =>
  Array.from({ length }, (_, i) => hexByte(view.getUint8(at + i))).join(':'),
);
