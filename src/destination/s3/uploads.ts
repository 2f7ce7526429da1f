import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { orGone, orRefused, type Requests, runKey } from './requests.js';

/** A part of an upload, as it is named when the upload is completed. */
export interface UploadedPart {
  readonly etag: string;
  /** In Base64; undefined where the store has none of what it copied. */
  readonly sha256?: string | undefined;
}

/** An upload of an object that cannot be seen before it is completed. */
export interface Upload {
  readonly key: string;
  readonly id: string;
}

/** What is asked of a bucket about uploads in parts. Methods throw destination.*. */
export class Uploads {
  constructor(
    private readonly requests: Requests,
    /** Which run made the object of a key; undefined: there is none, or another program's. */
    private readonly makerOf: (key: string) => Promise<string | undefined>,
  ) {}

  async create(key: string, run: string): Promise<Upload> {
    const made = await this.requests.ask('begin to write', key, () =>
      this.requests.send(
        new CreateMultipartUploadCommand({
          ...this.requests.at(key),
          ...this.requests.howToStore(),
          ChecksumAlgorithm: 'SHA256',
          Metadata: { [runKey]: run },
        }),
      ),
    );
    return { key, id: made.UploadId! };
  }

  /** @param number from 1 on */
  async addPart({ key, id }: Upload, number: number, bytes: Uint8Array): Promise<UploadedPart> {
    const digest = createHash('sha256').update(bytes).digest();
    const sha256 = digest.toString('base64');
    const part = await this.requests.ask('write', key, () => {
      const command = new UploadPartCommand({
        ...this.requests.at(key),
        UploadId: id,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.length,
        ChecksumSHA256: sha256,
      });
      // The signature is over the same digest: it is not to be reckoned once more.
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] =
            digest.toString('hex');
          return next(args);
        },
        { step: 'build', name: 'knownDigest' },
      );
      return this.requests.send(command);
    });
    return { etag: part.ETag!, sha256 };
  }

  /** Copies a piece of an object, inside the store. @param end exclusive */
  async addCopy(
    { key, id }: Upload,
    number: number,
    from: {
      readonly bucket: string;
      readonly key: string;
      readonly etag: string;
      readonly range: readonly [number, number];
    },
  ): Promise<UploadedPart> {
    const copied = await this.requests.ask('copy', from.key, () =>
      this.requests.send(
        new UploadPartCopyCommand({
          ...this.requests.at(key),
          UploadId: id,
          PartNumber: number,
          CopySource: `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`,
          CopySourceRange: `bytes=${from.range[0]}-${from.range[1] - 1}`,
          CopySourceIfMatch: from.etag,
        }),
      ),
    );
    return { etag: copied.CopyPartResult!.ETag!, sha256: copied.CopyPartResult!.ChecksumSHA256 };
  }

  /**
   * Makes an upload an object, where there is none of its name.
   * @returns false: there is one of another run, or the upload is gone
   */
  async complete({ key, id }: Upload, parts: readonly UploadedPart[], run: string): Promise<boolean> {
    const done = await this.requests.ask('finish', key, () =>
      this.requests
        .send(
          new CompleteMultipartUploadCommand({
            ...this.requests.at(key),
            UploadId: id,
            IfNoneMatch: '*',
            MultipartUpload: {
              Parts: parts.map(({ etag, sha256 }, index) => ({
                PartNumber: index + 1,
                ETag: etag,
                ...(sha256 !== undefined && { ChecksumSHA256: sha256 }),
              })),
            },
          }),
        )
        .catch(orRefused),
    );
    return done !== undefined || (await this.makerOf(key)) === run;
  }

  /** Does nothing to one that is gone. */
  async abort({ key, id }: Upload): Promise<void> {
    await this.requests.ask('give up', key, () =>
      this.requests.send(new AbortMultipartUploadCommand({ ...this.requests.at(key), UploadId: id })).catch(orGone),
    );
  }

  /** Uploads that are not completed, of keys that begin with a text. Some stores list none, and remove them by themselves. */
  async *list(prefix: string): AsyncGenerator<Upload> {
    for (let [key, id]: [string | undefined, string | undefined] = [undefined, undefined]; ;) {
      const page = await this.requests.ask('list the uploads of', prefix, () =>
        this.requests.send(
          new ListMultipartUploadsCommand({
            Bucket: this.requests.location.bucket,
            Prefix: prefix,
            KeyMarker: key,
            UploadIdMarker: id,
          }),
        ),
      );
      for (const upload of page.Uploads ?? []) yield { key: upload.Key!, id: upload.UploadId! };
      if (page.IsTruncated !== true) return;
      [key, id] = [page.NextKeyMarker, page.NextUploadIdMarker];
    }
  }
}
