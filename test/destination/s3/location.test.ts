import { describe, expect, it } from 'vitest';
import { keyIn } from '../../../src/core/bucket-store.js';
import { locationText, parseLocation } from '../../../src/destination/s3/location.js';
import { s3Store } from '../../../src/destination/s3/store.js';

describe('a location in a bucket', () => {
  it.each([
    ['s3://lake', { bucket: 'lake', key: '' }],
    ['s3://lake/', { bucket: 'lake', key: '' }],
    ['s3://lake/a//b/', { bucket: 'lake', key: 'a/b' }],
    ['S3://lake/a b/ü=1/+', { bucket: 'lake', key: 'a b/ü=1/+' }],
    [
      's3://lake/a?endpoint=http://localhost:9000/&path-style=true&region=r1',
      { bucket: 'lake', key: 'a', endpoint: 'http://localhost:9000', pathStyle: true, region: 'r1' },
    ],
    [
      's3://lake/a?sse=aws:kms&kms-key=arn:aws:kms:eu:1:key/2&tags=team=ml,stage=a%26b%2B',
      { bucket: 'lake', key: 'a', sse: 'aws:kms', kmsKey: 'arn:aws:kms:eu:1:key/2', tags: 'team=ml,stage=a&b+' },
    ],
  ])('%s', (text, parsed) => {
    expect(parseLocation(text)).toEqual(parsed);
    expect(parseLocation(locationText(parsed))).toEqual(parsed);
  });

  it.each([
    ['s3://', /names no bucket/],
    ['s3:///key', /names no bucket/],
    ['s3://a/b', /names no bucket/],
    ['s3://lake/a/../b', /"\.\." is a name like any other/],
    ['s3://lake/a#b?region=r', /"#" has no place/],
    ['s3://lake/a?tags=team=#1', /"#" has no place/],
    ['s3://lake/a?foo=1', /"foo" is no setting/],
    ['s3://lake/a?region=a&region=b', /region is given twice/],
    ['s3://lake/a?endpoint=localhost', /endpoint is not the address/],
    ['s3://lake/a?endpoint=ftp://host', /endpoint is not the address/],
    ['s3://lake/a?path-style=yes', /neither true nor false/],
    ['s3://lake/a?sse=AES', /no encryption/],
    ['s3://lake/a?kms-key=k', /goes with sse=aws:kms/],
    ['s3://lake/a?tags=team', /no tag/],
    ['s3://lake/a?region=%', /begins no character/],
  ])('%s is refused', (text, message) => {
    expect(() => parseLocation(text)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    expect(() => parseLocation(text)).toThrow(message);
  });

  it.each([
    's3://AKIDKEY:hunter22secret@lake/a',
    's3://AKIDKEY:hunter22/secret@lake/a',
    's3://AKIDKEY:hunter22secret@lake/a#b',
    's3://AKIDKEY#hunter22secret@lake/a',
    's3://lake/a?endpoint=https://u:hunter22secret@host',
  ])('with a secret is refused, and does not show it', (text) => {
    const refusal = (): void => void parseLocation(text);
    expect(refusal).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    expect(refusal).not.toThrow(/hunter22/);
  });

  it('is taken apart and put together with its settings', () => {
    const place = 's3://lake/a?endpoint=http://h:1';
    expect(s3Store.join(place, 'b/c')).toBe('s3://lake/a/b/c?endpoint=http://h:1');
    expect(s3Store.split('s3://lake/a/b?endpoint=http://h:1')).toEqual({ folder: place, name: 'b' });
    expect(s3Store.split('s3://lake/a')).toEqual({ folder: 's3://lake', name: 'a' });
    expect(keyIn('', 'a', 'b')).toBe('a/b');
  });
});
