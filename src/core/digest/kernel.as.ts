/*
 * The hot loops of the logical digest (docs/digest.md), and of extremes of texts and decimals, in AssemblyScript: 64-bit arithmetic that JavaScript does not have.
 * `npm run kernel` compiles it into kernel-binary.ts. All functions work on plain memory, whose layout is the caller's
 * (kernel.ts): `seeds` points to two 64-bit seeds, `out` to room for two 64-bit hashes for each value.
 */

// The constants of XXH64.
const prime1: u64 = 0x9e3779b185ebca87;
const prime2: u64 = 0xc2b2ae3d27d4eb4f;
const prime3: u64 = 0x165667b19e3779f9;
const prime4: u64 = 0x85ebca77c2b2ae63;
const prime5: u64 = 0x27d4eb2f165667c5;

/**
 * The inverse of 5 modulo 2^64, and the largest tenth that a word can have: how a division by 10 without rest is told, by one comparison (Granlund
 * and Montgomery, "Division by Invariant Integers using Multiplication", 9).
 */
const inverseOf5: u64 = 0xcccccccccccccccd;
const largestTenth: u64 = 0x1999999999999999;

/** The kernel's own room, below the caller's memory: words of one long number, and accumulators of one long value. */
const longNumber: usize = 64;
const accumulators: usize = 128;

@inline
function mixed(word: u64): u64 {
  return rotl(word * prime2, 31) * prime1;
}

@inline
function absorbed(state: u64, mixedWord: u64): u64 {
  return rotl(state ^ mixedWord, 27) * prime1 + prime4;
}

@inline
function avalanche(state: u64): u64 {
  state ^= state >> 33;
  state *= prime2;
  state ^= state >> 29;
  state *= prime3;
  return state ^ (state >> 32);
}

@inline
function hashWord(seeds: usize, word: u64, out: usize): void {
  const k = mixed(word);
  store<u64>(out, avalanche(absorbed(load<u64>(seeds) + prime5 + 8, k)));
  store<u64>(out, avalanche(absorbed(load<u64>(seeds, 8) + prime5 + 8, k)), 8);
}

@inline
function hashTwoWords(seeds: usize, first: u64, second: u64, out: usize): void {
  const k = mixed(first);
  const l = mixed(second);
  store<u64>(out, avalanche(absorbed(absorbed(load<u64>(seeds) + prime5 + 16, k), l)));
  store<u64>(out, avalanche(absorbed(absorbed(load<u64>(seeds, 8) + prime5 + 16, k), l)), 8);
}

@inline
function round(accumulator: u64, product: u64): u64 {
  return rotl(accumulator + product, 31) * prime1;
}

@inline
function merged(state: u64, accumulator: u64): u64 {
  return (state ^ mixed(accumulator)) * prime1 + prime4;
}

@inline
function joined(one: u64, two: u64, three: u64, four: u64): u64 {
  let state = rotl(one, 1) + rotl(two, 7) + rotl(three, 12) + rotl(four, 18);
  state = merged(state, one);
  state = merged(state, two);
  state = merged(state, three);
  return merged(state, four);
}

/** Hashes `words` words: all but the last stand from `at` on, and the last one is `last`. */
function hashWords(seeds: usize, at: usize, words: usize, last: u64, out: usize): void {
  let left = words;
  let a = load<u64>(seeds);
  let b = load<u64>(seeds, 8);
  if (left >= 4) {
    let a1 = a + prime1 + prime2;
    let a2 = a + prime2;
    let a3 = a;
    let a4 = a - prime1;
    let b1 = b + prime1 + prime2;
    let b2 = b + prime2;
    let b3 = b;
    let b4 = b - prime1;
    for (; left >= 4; left -= 4, at += 32) {
      const one = load<u64>(at) * prime2;
      const two = load<u64>(at, 8) * prime2;
      const three = load<u64>(at, 16) * prime2;
      const four = (left === 4 ? last : load<u64>(at, 24)) * prime2;
      a1 = round(a1, one);
      a2 = round(a2, two);
      a3 = round(a3, three);
      a4 = round(a4, four);
      b1 = round(b1, one);
      b2 = round(b2, two);
      b3 = round(b3, three);
      b4 = round(b4, four);
    }
    a = joined(a1, a2, a3, a4);
    b = joined(b1, b2, b3, b4);
  } else {
    a += prime5;
    b += prime5;
  }
  finish(a + (words << 3), b + (words << 3), at, left, last, out);
}

/** The `left` last words, fewer than four, of a value. */
@inline
function finish(a: u64, b: u64, at: usize, left: usize, last: u64, out: usize): void {
  for (; left > 1; left--, at += 8) {
    const k = mixed(load<u64>(at));
    a = absorbed(a, k);
    b = absorbed(b, k);
  }
  if (left === 1) {
    const k = mixed(last);
    a = absorbed(a, k);
    b = absorbed(b, k);
  }
  store<u64>(out, avalanche(a));
  store<u64>(out, avalanche(b), 8);
}

/** Begins a value that comes in pieces: four accumulators of the first seed, then four of the second. */
export function beginLong(seeds: usize): void {
  for (let lane: usize = 0; lane < 2; lane++) {
    const seed = load<u64>(seeds + (lane << 3));
    const at = accumulators + (lane << 5);
    store<u64>(at, seed + prime1 + prime2);
    store<u64>(at, seed + prime2, 8);
    store<u64>(at, seed, 16);
    store<u64>(at, seed - prime1, 24);
  }
}

/** Takes a piece of whole stripes: `bytes` is a multiple of 32. */
export function addToLong(piece: usize, bytes: usize): void {
  for (let at = piece; at < piece + bytes; at += 32) {
    for (let lane: usize = 0; lane < 8; lane++) {
      const own = accumulators + (lane << 3);
      store<u64>(own, round(load<u64>(own), load<u64>(at + ((lane & 3) << 3)) * prime2));
    }
  }
}

/** Ends it with its last bytes, fewer than 32, of `length` bytes in all. */
export function endLong(rest: usize, bytes: usize, length: u64, out: usize): void {
  let words = bytes >> 3;
  const last = marked(rest + (words << 3), bytes & 7);
  if (words === 3) {
    store<u64>(rest, last, 24);
    addToLong(rest, 32);
    words = -1;
  }
  const total = ((length >> 3) + 1) << 3;
  const own = accumulators;
  const a = joined(load<u64>(own), load<u64>(own, 8), load<u64>(own, 16), load<u64>(own, 24));
  const b = joined(load<u64>(own, 32), load<u64>(own, 40), load<u64>(own, 48), load<u64>(own, 56));
  finish(a + total, b + total, rest, words + 1, last, out);
}

/** The last word of bytes: what is left of them, a 1, zeros. */
@inline
function marked(at: usize, bytes: usize): u64 {
  const mark: u64 = u64(1) << u64(bytes << 3);
  return (load<u64>(at) & (mark - 1)) | mark;
}

/** Text, JSON, binary: `offsets` are of 32 bits, one more than there are values. */
export function hashBytes(seeds: usize, offsets: usize, bytes: usize, count: usize, out: usize): void {
  let from: usize = load<u32>(offsets);
  for (let i: usize = 1; i <= count; i++, out += 16) {
    const end: usize = load<u32>(offsets + (i << 2));
    const whole = (end - from) >> 3;
    const at = bytes + from;
    hashWords(seeds, at, whole + 1, marked(at + (whole << 3), (end - from) & 7), out);
    from = end;
  }
}

/** Lists: the hashes of their elements, then how many there are. */
export function hashLists(seeds: usize, offsets: usize, elements: usize, count: usize, out: usize): void {
  let from: usize = load<u32>(offsets);
  for (let i: usize = 1; i <= count; i++, out += 16) {
    const end: usize = load<u32>(offsets + (i << 2));
    hashWords(seeds, elements + (from << 4), ((end - from) << 1) + 1, end - from, out);
    from = end;
  }
}

/** Maps: the sum of the hashes of their entries, then how many there are. */
export function hashMaps(seeds: usize, offsets: usize, entries: usize, count: usize, out: usize): void {
  let from: usize = load<u32>(offsets);
  for (let i: usize = 1; i <= count; i++, out += 16) {
    const end: usize = load<u32>(offsets + (i << 2));
    let a: u64 = 0;
    let b: u64 = 0;
    for (let at = entries + (from << 4); at < entries + (end << 4); at += 16) {
      a += load<u64>(at);
      b += load<u64>(at, 8);
    }
    store<u64>(longNumber, a);
    store<u64>(longNumber, b, 8);
    hashWords(seeds, longNumber, 3, end - from, out);
    from = end;
  }
}

/** Rows, structs and UUIDs: two words each. */
export function hashPairs(seeds: usize, pairs: usize, count: usize, out: usize): void {
  for (const end = out + (count << 4); out < end; out += 16, pairs += 16) {
    hashTwoWords(seeds, load<u64>(pairs), load<u64>(pairs, 8), out);
  }
}

/** Intervals, as Arrow keeps them: months and days of 32 bits, nanoseconds of 64. */
export function hashIntervals(seeds: usize, values: usize, count: usize, out: usize): void {
  for (let i: usize = 0; i < count; i++, values += 16, out += 16) {
    store<i64>(longNumber, load<i32>(values));
    store<i64>(longNumber, load<i32>(values, 4), 8);
    hashWords(seeds, longNumber, 3, load<u64>(values, 8), out);
  }
}

export function hashBits(seeds: usize, bits: usize, first: usize, count: usize, out: usize): void {
  for (let i = first; i < first + count; i++, out += 16) {
    hashWord(seeds, (load<u8>(bits + (i >> 3)) >> u8(i & 7)) & 1, out);
  }
}

/** Whole numbers of 16, 32 or 64 bits. */
export function hashIntegers(seeds: usize, values: usize, width: i32, count: usize, out: usize): void {
  const end = out + (count << 4);
  if (width === 8) for (; out < end; out += 16, values += 8) hashWord(seeds, load<u64>(values), out);
  else if (width === 4) for (; out < end; out += 16, values += 4) hashWord(seeds, load<i32>(values), out);
  else if (width === 2) for (; out < end; out += 16, values += 2) hashWord(seeds, load<i16>(values), out);
}

export function hashFloats(seeds: usize, values: usize, width: i32, count: usize, out: usize): void {
  for (let i: usize = 0; i < count; i++, out += 16) {
    const value: f64 = width === 8 ? load<f64>(values + (i << 3)) : load<f32>(values + (i << 2));
    const bits = reinterpret<u64>(value);
    hashWord(seeds, value === 0 ? 0 : isNaN(value) ? 0x7ff8000000000000 : bits, out);
  }
}

/**
 * Numbers of `value × 10^-scale`: integers of 4, 8, 16 or 32 bytes in two's complement. Those whose value has fewer digits after
 * the point are hashed as if their scale were as small.
 */
export function hashScaled(seeds: usize, values: usize, width: usize, scale: u64, count: usize, out: usize): void {
  for (const end = values + width * count; values < end; values += width, out += 16) {
    const value = width === 4 ? i64(load<i32>(values)) : load<i64>(values);
    if (isLong(values, width, value)) hashLongNumber(seeds, values, width, scale, out);
    else hashNumber(seeds, value, scale, out);
  }
}

/** Whether the words above the lowest one hold more than its sign. */
@inline
function isLong(at: usize, width: usize, lowest: i64): bool {
  if (width <= 8) return false;
  const sign = lowest >> 63;
  let other = load<i64>(at, 8) ^ sign;
  if (width === 32) other |= (load<i64>(at, 16) ^ sign) | (load<i64>(at, 24) ^ sign);
  return other !== 0;
}

@inline
function hashNumber(seeds: usize, value: i64, scale: u64, out: usize): void {
  // Of the smallest number, too, this is its size.
  let size: u64 = value < 0 ? -value : value;
  let digits = size === 0 ? 0 : scale;
  for (; digits > 0; digits--) {
    // An odd number has its lowest bit turned to the highest one, and is none.
    const tenth = rotr(size * inverseOf5, 1);
    if (tenth > largestTenth) break;
    size = tenth;
  }
  const word: u64 = value < 0 ? -size : size;
  if (digits === 0) hashWord(seeds, word, out);
  else hashTwoWords(seeds, word, digits, out);
}

/** A number that does not fit 64 bits; without its zeros it may. */
function hashLongNumber(seeds: usize, at: usize, width: usize, scale: u64, out: usize): void {
  const words = width >> 3;
  const negative = load<i64>(at + width - 8) < 0;
  copySize(at, words, negative);
  let digits = scale;
  for (; digits > 0 && isMultipleOf10(words); digits--) divideBy10(words);
  if (negative) negate(words);
  let used = words;
  for (; used > 1; used--) {
    const below = load<i64>(longNumber + ((used - 2) << 3));
    if (load<i64>(longNumber + ((used - 1) << 3)) !== below >> 63) break;
  }
  if (used === 1 && digits === 0) hashWord(seeds, load<u64>(longNumber), out);
  else hashWords(seeds, longNumber, used + 1, digits, out);
}

function copySize(at: usize, words: usize, negative: bool): void {
  for (let i: usize = 0; i < words; i++) store<u64>(longNumber + (i << 3), load<u64>(at + (i << 3)));
  if (negative) negate(words);
}

function negate(words: usize): void {
  let carry: u64 = 1;
  for (let i: usize = 0; i < words; i++) {
    const at = longNumber + (i << 3);
    const word = ~load<u64>(at) + carry;
    carry = carry & u64(word === 0);
    store<u64>(at, word);
  }
}

/** 2^64 is 1 modulo 5, and so is 2^32. */
function isMultipleOf10(words: usize): bool {
  if (load<u8>(longNumber) & 1) return false;
  let sum: u64 = 0;
  for (let i: usize = 0; i < words << 1; i++) sum += load<u32>(longNumber + (i << 2));
  return sum % 5 === 0;
}

function divideBy10(words: usize): void {
  let rest: u64 = 0;
  for (let at = longNumber + (words << 3) - 4; at >= longNumber; at -= 4) {
    const part = (rest << 32) | load<u32>(at);
    store<u32>(at, u32(part / 10));
    rest = part % 10;
  }
}

/** Zeros the hashes of NULLs: bit `first + i` is of the value `i`. */
export function dropNulls(bits: usize, first: usize, count: usize, hashes: usize): void {
  for (let i = first; i < first + count; i++, hashes += 16) {
    if ((load<u8>(bits + (i >> 3)) >> u8(i & 7)) & 1) continue;
    store<u64>(hashes, 0);
    store<u64>(hashes, 0, 8);
  }
}

/** As {@link addToRows}, of rows that say which of `size` values they are, by 32 bits. Codes of no value, which NULLs have, add nothing. */
export function addPicked(hashes: usize, size: u32, codes: usize, rows: usize, sum: usize, count: usize): void {
  let a = load<u64>(sum);
  let b = load<u64>(sum, 8);
  for (const end = codes + (count << 2); codes < end; codes += 4, rows += 16) {
    const code = load<u32>(codes);
    if (code >= size) continue;
    const at = hashes + (usize(code) << 4);
    const c = load<u64>(at);
    const d = load<u64>(at, 8);
    a += c;
    b += d;
    store<u64>(rows, load<u64>(rows) + c);
    store<u64>(rows, load<u64>(rows, 8) + d, 8);
  }
  store<u64>(sum, a);
  store<u64>(sum, b, 8);
}

/** Adds hashes to the rows that they are of, and to one sum. */
export function addToRows(hashes: usize, rows: usize, sum: usize, count: usize): void {
  let a = load<u64>(sum);
  let b = load<u64>(sum, 8);
  for (const end = rows + (count << 4); rows < end; rows += 16, hashes += 16) {
    const c = load<u64>(hashes);
    const d = load<u64>(hashes, 8);
    a += c;
    b += d;
    store<u64>(rows, load<u64>(rows) + c);
    store<u64>(rows, load<u64>(rows, 8) + d, 8);
  }
  store<u64>(sum, a);
  store<u64>(sum, b, 8);
}

/** Adds hashes to one sum. */
export function addToSum(hashes: usize, sum: usize, count: usize): void {
  let a = load<u64>(sum);
  let b = load<u64>(sum, 8);
  for (const end = hashes + (count << 4); hashes < end; hashes += 16) {
    a += load<u64>(hashes);
    b += load<u64>(hashes, 8);
  }
  store<u64>(sum, a);
  store<u64>(sum, b, 8);
}

/** Where hashes are in the whole, by their first half, in 10^-9: numbers of 32 bits (docs/splits.md). */
export function positions(hashes: usize, count: usize, out: usize): void {
  for (const end = hashes + (count << 4); hashes < end; hashes += 16, out += 4) {
    const half = load<u64>(hashes);
    const upper = (half >> 32) * 1000000000;
    const lower = (half & 0xffffffff) * 1000000000;
    store<u32>(out, u32((upper + (lower >> 32)) >> 32));
  }
}

/**
 * The indices of the smallest and of the largest of texts, compared by their bytes, as two numbers of 32 bits at `out`. `chosen` points to
 * those indices, of 32 bits, that count; there is one at least. `offsets` are as those of hashBytes; `keys` is room for 8 bytes for each.
 * Texts come in no order that a processor could foresee, so nothing hangs on a comparison before all are made.
 */
export function textExtremes(
  offsets: usize,
  chosen: usize,
  bytes: usize,
  count: usize,
  keys: usize,
  out: usize,
): void {
  let lowest: u64 = -1;
  let highest: u64 = 0;
  let smallest: u32 = 0;
  let largest: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const index = load<u32>(chosen + (i << 2));
    const place = offsets + (usize(index) << 2);
    const at: usize = load<u32>(place);
    const key = textKey(bytes + at, load<u32>(place, 4) - at);
    store<u64>(keys + (i << 3), key);
    smallest = select<u32>(index, smallest, key < lowest);
    lowest = select<u64>(key, lowest, key < lowest);
    largest = select<u32>(index, largest, key >= highest);
    highest = select<u64>(key, highest, key >= highest);
  }
  if ((lowest & 8) !== 0) smallest = endOfAlike(offsets, chosen, bytes, count, keys, lowest, true);
  if ((highest & 8) !== 0) largest = endOfAlike(offsets, chosen, bytes, count, keys, highest, false);
  store<u32>(out, smallest);
  store<u32>(out, largest, 4);
}

/** Orders texts by their first seven bytes, and by how many there are: 8 stands for more. Without that, those of one key are the same. */
@inline
function textKey(at: usize, length: usize): u64 {
  const used = min<usize>(length, 7);
  const word = bswap<u64>(load<u64>(at));
  return (word & ~(u64(-1) >> u64(used << 3))) | min<usize>(length, 8);
}

/** The smallest or the largest of texts that have a key, and more than seven bytes. */
function endOfAlike(
  offsets: usize,
  chosen: usize,
  bytes: usize,
  count: usize,
  keys: usize,
  key: u64,
  smallest: bool,
): u32 {
  let found: u32 = -1;
  let foundAt: usize = 0;
  let foundLength: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    if (load<u64>(keys + (i << 3)) !== key) continue;
    const index = load<u32>(chosen + (i << 2));
    const place = offsets + (usize(index) << 2);
    const at: usize = load<u32>(place);
    const length: usize = load<u32>(place, 4) - at;
    const isFurther =
      found === -1 ||
      (smallest
        ? isBelow(bytes + at, length, bytes + foundAt, foundLength)
        : isBelow(bytes + foundAt, foundLength, bytes + at, length));
    if (!isFurther) continue;
    found = index;
    foundAt = at;
    foundLength = length;
  }
  return found;
}

/** Whether the text at `a` comes before that at `b`, which has the same first seven bytes. */
@inline
function isBelow(a: usize, aLength: usize, b: usize, bLength: usize): bool {
  const shorter = min<usize>(aLength, bLength);
  for (let k: usize = 7; k < shorter; k += 8) {
    const one = load<u64>(a + k);
    const two = load<u64>(b + k);
    if (one === two) continue;
    // Bytes behind the shorter one are none of its own.
    const other = ctz<u64>(one ^ two) >> 3;
    if (other >= shorter - k) break;
    return ((one >> (other << 3)) & 0xff) < ((two >> (other << 3)) & 0xff);
  }
  return aLength < bLength;
}

/** The smallest and the largest of decimals of 128 bits, as two numbers of 64 bits at `out`; false where one needs more. There is one at least. */
export function decimalExtremes(values: usize, count: usize, out: usize): bool {
  let smallest = load<i64>(values);
  let largest = smallest;
  let others: i64 = 0;
  for (const end = values + (count << 4); values < end; values += 16) {
    const value = load<i64>(values);
    others |= load<i64>(values, 8) ^ (value >> 63);
    smallest = select<i64>(value, smallest, value < smallest);
    largest = select<i64>(value, largest, value > largest);
  }
  store<i64>(out, smallest);
  store<i64>(out, largest, 8);
  return others === 0;
}
