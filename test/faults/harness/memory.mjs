// Memory that is not to be had. Only what is allocated by name counts, and from this size on: the engine's own objects cannot be refused one by one.
import { counts, strikes } from './faults.mjs';

const smallest = 4096;

/**
 * What the engine, Node, the store's SDK and pg's protocol ask for themselves they have: a module that could not be loaded once can never be
 * again, and how they fail is not ours to say (the SDK's streams may then never end, and the writer that all of pg's clients share keeps half a
 * message).
 */
function isOfNode() {
  const stack = new Error().stack;
  const caller = stack
    .split('\n')
    .slice(2)
    .find((line) => !line.includes(import.meta.url) && !line.includes('construct'));
  return stack.includes('node:internal/modules') || /node:|@smithy|@aws-sdk|pg-protocol/.test(caller ?? '');
}

function refuse(bytes) {
  if (bytes < smallest || !counts('allocation') || isOfNode()) return;
  if (strikes('allocation')) throw new RangeError('Array buffer allocation failed');
}

const names = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];
for (const name of names) {
  const original = globalThis[name];
  const watched = new Proxy(original, {
    construct(target, args, newTarget) {
      const [size] = args;
      const length = typeof size === 'number' ? size : size instanceof ArrayBuffer ? 0 : (size?.length ?? 0);
      refuse(length * (original.BYTES_PER_ELEMENT ?? 1));
      return Reflect.construct(target, args, newTarget === watched ? target : newTarget);
    },
  });
  original.prototype.constructor = watched;
  globalThis[name] = watched;
}
for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat']) {
  const original = Buffer[name];
  Buffer[name] = (first, ...others) => {
    refuse(typeof first === 'number' ? first : smallest);
    return original.call(Buffer, first, ...others);
  };
}
