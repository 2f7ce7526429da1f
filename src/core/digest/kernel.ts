import { kernelBinary } from './kernel-binary.js';

/** Where something is in the kernel's memory. */
export type Address = number;

/** The functions of kernel.as.ts. Lengths, counts and scales are plain numbers; what is of 64 bits is a BigInt. */
interface KernelFunctions {
  hashBits(seeds: Address, bits: Address, first: number, count: number, out: Address): void;
  hashIntegers(seeds: Address, values: Address, width: number, count: number, out: Address): void;
  hashFloats(seeds: Address, values: Address, width: number, count: number, out: Address): void;
  hashScaled(seeds: Address, values: Address, width: number, scale: bigint, count: number, out: Address): void;
  hashBytes(seeds: Address, offsets: Address, bytes: Address, count: number, out: Address): void;
  hashLists(seeds: Address, offsets: Address, elements: Address, count: number, out: Address): void;
  hashMaps(seeds: Address, offsets: Address, entries: Address, count: number, out: Address): void;
  hashPairs(seeds: Address, pairs: Address, count: number, out: Address): void;
  hashIntervals(seeds: Address, values: Address, count: number, out: Address): void;
  beginLong(seeds: Address): void;
  addToLong(piece: Address, bytes: number): void;
  endLong(rest: Address, bytes: number, length: bigint, out: Address): void;
  dropNulls(bits: Address, first: number, count: number, hashes: Address): void;
  addPicked(hashes: Address, size: number, codes: Address, rows: Address, sum: Address, count: number): void;
  addToRows(hashes: Address, rows: Address, sum: Address, count: number): void;
  addToSum(hashes: Address, sum: Address, count: number): void;
  positions(hashes: Address, count: number, out: Address): void;
  decimalExtremes(values: Address, count: number, out: Address): number;
  textExtremes(offsets: Address, chosen: Address, bytes: Address, count: number, keys: Address, out: Address): void;
}

/** What is used of it; the types of Node do not have it. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

let compiled: object | undefined;

/** Once in a thread. */
function compile(): object {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelBinary, 'base64'));
  return compiled;
}

/** The kernel's own room at the beginning of its memory, and in it a place for sums that nobody wants. */
const ownRoom = 256;
export const nowhere: Address = ownRoom - 16;
const pageBytes = 65_536;

/** A hash, or a sum of hashes: two words. */
export const bytesOfHash = 16;

/** WebAssembly's memory and functions, and room in that memory which is given out and taken back as a whole. */
export class DigestKernel {
  readonly functions: KernelFunctions;
  private readonly memory = new WebAssembly.Memory({ initial: 4 });
  private bytes = new Uint8Array(this.memory.buffer);
  private next: Address = ownRoom;

  constructor() {
    const { exports } = new WebAssembly.Instance(compile(), { env: { memory: this.memory } });
    this.functions = exports as unknown as KernelFunctions;
  }

  /** How much is given out: what {@link release} takes. */
  get mark(): Address {
    return this.next;
  }

  /** Takes back what was given out since. */
  release(mark: Address): void {
    this.next = mark;
  }

  /** Room of so many bytes, and 8 more that may be read behind them. What is in it is left from before. */
  reserve(size: number): Address {
    const at = this.next;
    this.next = (at + size + 15) & ~7;
    if (this.next > this.bytes.length) this.grow();
    return at;
  }

  /** Zeros. */
  reserveZeros(size: number): Address {
    const at = this.reserve(size);
    this.bytes.fill(0, at, at + size);
    return at;
  }

  /** A copy of bytes. */
  copyIn(source: Uint8Array): Address {
    const at = this.reserve(source.length);
    this.bytes.set(source, at);
    return at;
  }

  /** Overwrites what was reserved. */
  write(at: Address, source: Uint8Array): void {
    this.bytes.set(source, at);
  }

  /** A view that holds until more is reserved. */
  view(at: Address, size: number): Uint8Array {
    return this.bytes.subarray(at, at + size);
  }

  private grow(): void {
    const missing = this.next - this.bytes.length;
    this.memory.grow(Math.max(Math.ceil(missing / pageBytes), 4));
    this.bytes = new Uint8Array(this.memory.buffer);
  }
}

let own: DigestKernel | undefined;

/** This thread's own, for what reserves nothing that stays. */
export const threadKernel = (): DigestKernel => (own ??= new DigestKernel());
