import { Bucket } from './bucket.js';
import { locationText, type S3Location } from './location.js';

/** A bucket keeps its connections and credentials for all that goes on in a thread. */
const known = new Map<string, Bucket>();

export function bucketAt(location: S3Location): Bucket {
  const name = locationText({ ...location, key: '' });
  const bucket = known.get(name) ?? Bucket.open({ ...location, key: '' });
  known.set(name, bucket);
  return bucket;
}
