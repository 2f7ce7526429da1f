import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Settings } from './location.js';

/** How long connecting may take, and how long a request may wait for an answer; milliseconds. */
const connectionTimeout = 10_000;
const answerTimeout = 120_000;
const mostSockets = 64;

/** A response's headers, beside what the SDK makes of it. */
export interface WithHeaders {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Google's store has conditions of its own: by an object's generation, which stands for its ETag then. */
const isGoogle = (endpoint: string | undefined): boolean =>
  endpoint !== undefined && /(^|\.)storage\.googleapis\.com$/.test(new URL(endpoint).hostname);

/**
 * A client of Amazon's SDK, with its chain of credentials and its variables (`AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL_S3`). It
 * tries nothing again, and follows no redirect: the bucket does the one, and nobody the other.
 */
export function openClient({ endpoint: given, region, pathStyle }: S3Settings): S3Client {
  const endpoint = given ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  // What Node can run is said in the package, and needs no line on stderr from every run.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const config: S3ClientConfig = {
    maxAttempts: 1,
    // Its notices are for programmers.
    logger: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    followRegionRedirects: false,
    // The checksums that are sent are SHA-256, and ours.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout,
      requestTimeout: answerTimeout,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: mostSockets },
      httpsAgent: { keepAlive: true, maxSockets: mostSockets },
    },
    ...(endpoint !== undefined && { endpoint }),
    // Stores of others take any region, but the signature needs one.
    ...(region !== undefined ? { region } : endpoint !== undefined && { region: regionOr('us-east-1') }),
    ...(pathStyle !== undefined && { forcePathStyle: pathStyle }),
  };
  const client = new S3Client(config);
  tellHeaders(client);
  if (isGoogle(endpoint)) speakOfGenerations(client);
  return client;
}

const silent = (): void => undefined;

const regionOr = (fallback: string): string =>
  process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? fallback;

interface Headers {
  headers: Record<string, string | undefined>;
}

/** Beside every answer, its headers: the store's own time is among them. */
function tellHeaders(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      Object.assign((result.output as { $metadata: object }).$metadata, {
        headers: (result.response as Headers).headers,
      });
      return result;
    },
    { step: 'deserialize', name: 'tellHeaders', priority: 'high' },
  );
}

/** https://cloud.google.com/storage/docs/xml-api/reference-headers#xgoogifgenerationmatch */
function speakOfGenerations(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as Headers;
      const [none, match] = [headers['if-none-match'], headers['if-match']];
      if (none === '*' || match !== undefined) headers['x-goog-if-generation-match'] = none === '*' ? '0' : match;
      delete headers['if-none-match'];
      delete headers['if-match'];
      const result = await next(args);
      const generation = (result.output.$metadata as WithHeaders).headers?.['x-goog-generation'];
      if (generation !== undefined && 'ETag' in result.output) Object.assign(result.output, { ETag: generation });
      return result;
    },
    { step: 'build', name: 'speakOfGenerations', priority: 'low' },
  );
}
