import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly type?: string;
}

export interface Listening {
  readonly url: string;
  stop(): void;
}

/** A server on a port of its own. @param answer the answer to a request with its body */
export function listen(
  answer: (request: IncomingMessage, body: string) => Answer | Promise<Answer>,
): Promise<Listening> {
  return new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        void Promise.resolve(answer(request, Buffer.concat(parts).toString())).then(
          ({ status = 200, body, type = 'text/plain' }) =>
            response.writeHead(status, { 'content-type': type }).end(body),
        );
      });
    });
    server.listen(0, '127.0.0.1', () =>
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => void server.close() }),
    );
  });
}
