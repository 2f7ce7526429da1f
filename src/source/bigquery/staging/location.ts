import type { BucketPlace } from '../../../core/bucket-store.js';
import { invalidRequest } from '../../../core/errors.js';

/** Takes `gs://bucket/prefix` apart. @throws request.invalid */
export function parseLocation(text: string): BucketPlace {
  const [, bucket = '', path = ''] = /^gs:\/\/([^/?#]*)([^?#]*)$/i.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket))
    throw invalidRequest(
      `"${text}" names no bucket of Cloud Storage`,
      'Give gs://<bucket>/<prefix>: small letters, digits, ".", "_" and "-", and nothing behind a "?".',
    );
  return {
    bucket,
    key: path
      .split('/')
      .filter((name) => name !== '')
      .join('/'),
  };
}

export const locationText = ({ bucket, key }: BucketPlace): string => `gs://${bucket}${key === '' ? '' : `/${key}`}`;
