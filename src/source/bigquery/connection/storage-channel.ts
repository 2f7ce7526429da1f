import type { ChannelCredentials, Client, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import {
  decodeSession,
  encodeRowsRequest,
  encodeSessionRequest,
  methods,
  type ReadSession,
  type SessionRequest,
  tablePath,
} from '../wire/messages.js';
import { peer } from './peers.js';

const googles = 'bigquerystorage.googleapis.com:443';
/** Bytes that may be on their way of a stream. With gRPC's own 64 KiB a distance of 30 ms leaves 2 MB a second. */
const window = 16 * 1024 * 1024;
const sessionTimeout = 120_000;

/** A way to the Storage Read API, over gRPC. It needs no more of Google's packages than that of gRPC: threads load it quickly. */
export class StorageChannel {
  private constructor(
    private readonly client: Client,
    private readonly newMetadata: () => Metadata,
  ) {}

  /** @param endpoint `host:port`; undefined: Google's */
  static async open(endpoint: string = googles): Promise<StorageChannel> {
    const { Client, credentials, Metadata } = await peer(() => import('@grpc/grpc-js'));
    const tls: ChannelCredentials = credentials.createSsl();
    const client = new Client(endpoint, tls, {
      'grpc.max_receive_message_length': -1,
      'grpc-node.flow_control_window': window,
      'grpc.keepalive_time_ms': 30_000,
    });
    return new StorageChannel(client, () => new Metadata());
  }

  /** @param authorization the header that says who asks @throws what gRPC says */
  createSession(request: SessionRequest, authorization: string): Promise<ReadSession> {
    const route = `read_session.table=${tablePath(request.table)}`;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        methods.createReadSession,
        (message: SessionRequest) => Buffer.from(encodeSessionRequest(message)),
        decodeSession,
        request,
        this.metadata(authorization, route),
        { deadline: Date.now() + sessionTimeout },
        (error, session) => (error === null ? resolve(session!) : reject(error)),
      );
    });
  }

  /** The messages of a stream from a row on, as they come. */
  rows(stream: string, offset: number, authorization: string): ClientReadableStream<Uint8Array> {
    return this.client.makeServerStreamRequest(
      methods.readRows,
      (row: number) => Buffer.from(encodeRowsRequest(stream, row)),
      (bytes: Buffer): Uint8Array => bytes,
      offset,
      this.metadata(authorization, `read_stream=${stream}`),
    );
  }

  close(): void {
    this.client.close();
  }

  private metadata(authorization: string, route: string): Metadata {
    const metadata = this.newMetadata();
    metadata.set('authorization', authorization);
    metadata.set('x-goog-request-params', encodeURI(route));
    return metadata;
  }
}
