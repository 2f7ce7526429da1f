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
/** Milliseconds after which the service is not reached. */
const reachTimeout = 20_000;
/** A state of gRPC's channels, TRANSIENT_FAILURE. */
const refused = 3;

/** A way to the Storage Read API, over gRPC. It needs no more of Google's packages than that of gRPC: threads load it quickly. */
export class StorageChannel {
  private constructor(
    private readonly client: Client,
    private readonly newMetadata: () => Metadata,
    private readonly endpoint: string,
  ) {}

  /** @param endpoint `host:port`; undefined: Google's */
  static async open(endpoint: string = googles): Promise<StorageChannel> {
    const { Client, credentials, Metadata } = await peer(() => import('@grpc/grpc-js'));
    takeProxy(process.env);
    const tls: ChannelCredentials = credentials.createSsl();
    const client = new Client(endpoint, tls, {
      'grpc.max_receive_message_length': -1,
      'grpc-node.flow_control_window': window,
      'grpc.keepalive_time_ms': 30_000,
    });
    return new StorageChannel(client, () => new Metadata(), endpoint);
  }

  /** @param authorization the header that says who asks @throws what gRPC says */
  async createSession(request: SessionRequest, authorization: string): Promise<ReadSession> {
    await this.reached();
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

  /** A connection that is neither made nor refused would be waited for without a word; of one that was refused the call itself says why. */
  private reached(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Date.now() + reachTimeout, (error) =>
        error === undefined || this.client.getChannel().getConnectivityState(false) === refused
          ? resolve()
          : reject(Object.assign(new Error(`${this.endpoint} is not reached`), { code: 'ETIMEDOUT', cause: error })),
      );
    });
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

/** gRPC knows the names of these variables in small letters alone, unlike Google's other clients. */
function takeProxy(env: NodeJS.ProcessEnv): void {
  const [proxy, except] = [env['https_proxy'] ?? env['HTTPS_PROXY'], env['no_proxy'] ?? env['NO_PROXY']];
  if (proxy) env['grpc_proxy'] ??= proxy;
  if (except) env['no_grpc_proxy'] ??= except;
}
