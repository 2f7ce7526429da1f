import { type BucketObjects, bucketStore } from '../../core/bucket-store.js';
import type { Bucket } from './bucket.js';
import { bucketAt } from './buckets.js';
import { locationText, parseLocation } from './location.js';

/** Versions in a bucket, for whoever reads them. Locations are `s3://` texts. */
export const s3Store = bucketStore({
  scheme: 's3',
  parse: parseLocation,
  textOf: locationText,
  objectsAt: (place) => objectsOf(bucketAt(place)),
});

const objectsOf = (bucket: Bucket): BucketObjects => ({
  list: (prefix, most) => bucket.list(prefix, most),
  listAll: (prefix) => bucket.listAll(prefix),
  get: async (key, most) => (await bucket.get(key, most))?.bytes,
  async head(key) {
    const head = await bucket.head(key);
    return head && { size: head.size, state: head.etag };
  },
  getRange: (key, etag, range) => bucket.getRange(key, etag, range),
  create: async (key, bytes) => (await bucket.put(key, bytes, 'absent')) !== undefined,
  replace: async (key, bytes) => void (await bucket.put(key, bytes)),
  remove: (key) => bucket.remove(key),
});
