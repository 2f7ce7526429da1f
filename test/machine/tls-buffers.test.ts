import net from 'node:net';
import { expect, it } from 'vitest';
import { readIntoBuffers } from '../../src/machine/tls-buffers.js';

const onread = { buffer: () => new Uint8Array(16), callback: () => true };
const socketOf = (options: object): net.Socket => new net.Socket(options);

it('leaves a socket as it is that cannot be told of buffers', () => {
  const plain = socketOf({ onread });
  for (const _handle of [undefined, {}]) {
    const tls = Object.assign(socketOf({}), { _handle });
    const before = values(tls);
    expect(readIntoBuffers(tls, plain)).toBe(false);
    expect(values(tls)).toEqual(before);
  }
});

it('leaves a socket as it is where the one below it has no buffers', () => {
  const told: Uint8Array[] = [];
  const tls = Object.assign(socketOf({}), { _handle: { useUserBuffer: (buffer: Uint8Array) => told.push(buffer) } });
  expect(readIntoBuffers(tls, socketOf({}))).toBe(false);
  expect(told).toEqual([]);
  expect(readIntoBuffers(tls, socketOf({ onread }))).toBe(true);
  expect(told).toEqual([new Uint8Array(16)]);
});

const values = (socket: net.Socket): readonly unknown[] =>
  Object.getOwnPropertySymbols(socket).map((symbol) => (socket as unknown as Record<symbol, unknown>)[symbol]);
