import { expect, it, vi } from 'vitest';
import type { MysqlConnection } from '../../../../src/source/mysql/connection/connection.js';
import { newRing, RingWriter } from '../../../../src/source/ring.js';
import { RunningRows } from '../../../../src/source/mysql/sessions/running-rows.js';
import { packets } from '../packets.js';

it('an answer that the client cannot read ends the session, and says that it is garbled', async () => {
  let onBytes: (bytes: Uint8Array, length: number) => boolean = () => true;
  const connection = {
    wire: {
      takeOver: (receiver: { onBytes: typeof onBytes }) => (onBytes = receiver.onBytes),
      release: () => undefined,
      // As the client does when it looks for the number of an error behind the packet's end.
      feedParser: (bytes: Uint8Array) => Buffer.from(bytes).readUInt16LE(5),
    },
    run: (work: () => Promise<void>) => work(),
    destroy: vi.fn(),
  };
  const prepared = { columns: [], parameters: [], execute: () => ({ once: () => undefined }) };
  const ring = new RingWriter(newRing());
  const rows = new RunningRows(
    connection as unknown as MysqlConnection,
    {
      ...{ prepared, ring, values: [], context: {} },
      check: () => undefined,
    } as unknown as ConstructorParameters<typeof RunningRows>[1],
  );
  const answer = packets(Buffer.from([0xff]));
  expect(onBytes(answer, answer.length)).toBe(true);
  await expect(rows.finished).rejects.toMatchObject({ code: 'source.protocol' });
  expect(connection.destroy).toHaveBeenCalledOnce();
  expect(ring.isClosed).toBe(true);
});
