// A file into a bucket by the SDK's own upload in parts. Prints what the process took.
import { createReadStream } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { tellUsage } from './usage.mjs';

const { endpoint, path, checksum } = JSON.parse(process.argv[2]);
const client = new S3Client({ endpoint, forcePathStyle: true });
await new Upload({
  client,
  params: {
    Bucket: 'bucket',
    Key: 'file',
    Body: createReadStream(path),
    ...(checksum && { ChecksumAlgorithm: checksum }),
  },
  partSize: 8 * 1024 * 1024,
  queueSize: 4,
}).done();
tellUsage();
