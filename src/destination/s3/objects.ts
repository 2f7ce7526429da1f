import pLimit from 'p-limit';
import { keyIn } from '../../core/bucket-store.js';
import type { DraftObjects, OpenObjects } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertInside } from '../../core/inner-path.js';
import { bucketAt } from './buckets.js';
import type { ObjectHead } from './bucket.js';
import type { UploadedPart } from './uploads.js';
import { placeOf, type S3Ticket, ticketSchema } from './layout.js';
import { parseLocation, type S3Location } from './location.js';
import { pathAside, Records } from './records.js';
import { beginUpload, type UploadPlace, UploadWriter } from './upload-writer.js';

/** The piece of an object that a store copies at a time. */
const copiedBytes = 512 * 1024 * 1024;
const copiesAtATime = 8;

/** The objects of one draft, as uploads to the keys that they will have. */
export const openUploads: OpenObjects = (given) => uploadsOf(ticketSchema.parse(given), undefined);

/** @param aside whose they are, where they are none of the draft's yet */
function uploadsOf(ticket: S3Ticket, aside: string | undefined): DraftObjects {
  const bucket = bucketAt(ticket.root);
  const records = ticket.versions.map((version) => new Records(bucket, version.records));
  const at = (given: string): UploadPlace => {
    assertInside(given);
    const { index, path: inside } = placeOf(ticket, given);
    const key = keyIn(ticket.versions[index]!.folder, inside);
    const path = aside === undefined ? inside : pathAside(inside, aside);
    return { bucket, records: records[index]!, run: ticket.run, key, path };
  };
  return {
    create: (path) => new UploadWriter(at(path)),
    takeOver: async (path, location) => {
      const from = parseLocation(location);
      return from.bucket === ticket.root.bucket && copied(ticket, at(path), from);
    },
    copy: async (path, location, state) => copied(ticket, at(path), parseLocation(location), state),
    async remove(path) {
      const place = at(path);
      const record = await place.records.find(place.path);
      if (record === undefined) return;
      await bucket.uploads.abort({ key: place.key, id: record.upload });
      await place.records.remove(place.path);
    },
    aside: (name) => uploadsOf(ticket, name),
    async settle(path, name) {
      const { records: own, path: inside, key } = at(path);
      if (await own.settle(inside, name)) return;
      throw new TidemarkError(
        'destination.io',
        `s3://${bucket.name}/${key} was not uploaded by ${name}, or was by somebody else`,
        { hint: 'Something else changed what the run wrote into the bucket. Run again.' },
      );
    },
  };
}

/** Copies an object inside of its store. @param etag that it must have; absent: whichever is there */
async function copied({ root }: S3Ticket, place: UploadPlace, from: S3Location, etag?: string): Promise<boolean> {
  if (from.endpoint !== root.endpoint) return false;
  const { bucket, records, path } = place;
  const source = await bucketAt(from).head(from.key);
  if (source === undefined || (etag !== undefined && source.etag !== etag)) return false;
  if ((await records.find(path)) !== undefined) return false;
  const upload = await beginUpload(place);
  const part = (range: readonly [number, number], index: number): Promise<UploadedPart> =>
    bucket.uploads.addCopy(upload, index + 1, { bucket: from.bucket, key: from.key, etag: source.etag, range });
  const parts =
    source.size === 0
      ? [await bucket.uploads.addPart(upload, 1, Buffer.alloc(0))]
      : await pLimit(copiesAtATime).map(rangesOf(source), part);
  await records.close(path, upload, source.size, parts);
  return true;
}

const rangesOf = ({ size }: ObjectHead): [number, number][] =>
  Array.from({ length: Math.ceil(size / copiedBytes) }, (_, index) => [
    index * copiedBytes,
    Math.min(size, (index + 1) * copiedBytes),
  ]);
