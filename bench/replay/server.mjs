// A server whose COPYs cost nothing: between a client and PostgreSQL, it hands everything on, keeps what comes back for each
// `COPY … TO STDOUT`, and answers the next COPY of the same text from memory, as fast as the loopback takes it.
// `node bench/replay/server.mjs HOST PORT` prints its own port. It ends with its standard input.
import { createConnection, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Frontend } from './frontend.mjs';
import { Recorder } from './recorder.mjs';

const [host, port] = process.argv.slice(2);

/** A COPY's text → the server's answer to it, from CopyOutResponse to ReadyForQuery, as buffers. */
const recordings = new Map();

const server = createServer({ noDelay: true }, (client) => {
  const upstream = createConnection({ host, port: Number(port), noDelay: true });
  let recorder;
  const frontend = new Frontend({
    forward: (bytes) => upstream.write(bytes),
    refuse: () => client.write('N'),
    query: (text, bytes) => {
      const recording = isCopy(text) ? recordings.get(text) : undefined;
      if (recording) return void send(client, recording);
      if (isCopy(text)) recorder = new Recorder((answer) => recordings.set(text, answer));
      upstream.write(bytes);
    },
  });
  client.on('data', (bytes) => frontend.add(bytes));
  upstream.on('data', (bytes) => {
    if (recorder?.add(bytes)) recorder = undefined;
    if (!client.write(bytes)) {
      upstream.pause();
      client.once('drain', () => upstream.resume());
    }
  });
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.on('end', () => other.end());
  }
});

function isCopy(text) {
  return /^\s*COPY\b[^]*\bTO\s+STDOUT\b/i.test(text);
}

function send(client, recording) {
  return pipeline(Readable.from(recording), client, { end: false }).catch(() => client.destroy());
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('close', () => process.exit(0)).resume();
