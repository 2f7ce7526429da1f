// Storage integrations: the stores that COPY INTO may write to, each by its name.
import { Refusal } from './refusal.mjs';

/** What a played fault has no text for, as S3 says it. */
const causes = { NoSuchBucket: 'The specified bucket does not exist', AccessDenied: 'Access Denied' };

function failure({ name, message, $metadata }) {
  const status = $metadata?.httpStatusCode;
  const place = status === undefined ? '' : ` (Status Code: ${status}; Error Code: ${name})`;
  return new Refusal('091003', '22000', `Failure using stage area. Cause: [${causes[name] ?? message}${place}]`);
}

class Stage {
  #sdk;
  #client;

  constructor(sdk, { endpoint, credentials, allowed }) {
    this.allowed = allowed;
    this.#sdk = sdk;
    const place = { endpoint, forcePathStyle: true, region: 'us-east-1' };
    this.#client = new sdk.S3Client({ ...place, credentials, maxAttempts: 2 });
  }

  async #send(command, abortSignal) {
    try {
      return await this.#client.send(command, { abortSignal });
    } catch (error) {
      throw failure(error);
    }
  }

  /** Nothing may stand where files are to be written. */
  async expectNone({ bucket, path, location }, signal) {
    const command = new this.#sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: path, MaxKeys: 1 });
    const { Contents: found = [] } = await this.#send(command, signal);
    if (found.length > 0)
      throw new Refusal(
        '001030',
        '22000',
        `Files already existing at the unload destination: ${location}. Use overwrite option to force unloading.`,
      );
  }

  async put({ bucket, encryption }, key, body, signal) {
    await this.#send(new this.#sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...encryption }), signal);
  }

  close() {
    this.#client.destroy();
  }
}

export class Integrations {
  #stages = new Map();

  async set({ integration, ...place }) {
    this.#stages.get(integration)?.close();
    // The client takes long to load, and few tests need it.
    this.#stages.set(integration, new Stage(await import('@aws-sdk/client-s3'), place));
  }

  clear() {
    for (const one of this.#stages.values()) one.close();
    this.#stages.clear();
  }

  /** The store that a COPY may write to. */
  stageOf({ integration, location }) {
    const stage = this.#stages.get(integration);
    if (stage === undefined)
      throw new Refusal(
        '002003',
        '02000',
        `SQL compilation error:\nIntegration '${integration}' does not exist or not authorized.`,
      );
    if (!stage.allowed.some((one) => location.startsWith(one)))
      throw new Refusal(
        '003127',
        '42601',
        `SQL compilation error: Location '${location}' is not allowed by integration '${integration}'. Please use DESC INTEGRATION to check out allowed and blocked locations.`,
      );
    return stage;
  }
}
