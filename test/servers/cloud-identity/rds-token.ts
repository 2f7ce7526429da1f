// What RDS does with a token: a presigned request, whose signature is computed once more (AWS Signature Version 4, "Create a signed request").
import { createHash, createHmac } from 'node:crypto';

interface Expected {
  /** The name and port that were signed. */
  readonly place: string;
  readonly user: string;
  readonly region: string;
  /** The secret and the session token of a key; undefined: there is no such key. */
  keyOf(id: string): { readonly SecretAccessKey: string; readonly Token?: string } | undefined;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What is wrong with a token; undefined: it lets its user in. */
export function faultOfToken(token: string, { place, user, region, keyOf }: Expected): string | undefined {
  const [front, query = ''] = token.split('/?');
  if (front !== place) return `it is for ${front}`;
  const given = new URLSearchParams(query);
  if (given.get('Action') !== 'connect') return 'it is not for connecting';
  if (given.get('DBUser') !== user) return `it is for the user ${given.get('DBUser')}`;
  if (given.get('X-Amz-Expires') !== '900') return `it lasts ${given.get('X-Amz-Expires')} s`;
  const [id = '', ...parts] = (given.get('X-Amz-Credential') ?? '').split('/');
  const [day = '', ...rest] = parts;
  if (rest.join('/') !== `${region}/rds-db/aws4_request`) return `it is of the scope ${rest.join('/')}`;
  const key = keyOf(id);
  if (key === undefined) return 'nobody has its key';
  if ((given.get('X-Amz-Security-Token') ?? undefined) !== key.Token) return 'it has another session token';
  const signed = query.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const request = ['GET', '/', signed.toSorted().join('&'), `host:${place}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', given.get('X-Amz-Date'), parts.join('/'), sha256(request)].join('\n');
  const signer = [day, region, 'rds-db', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key.SecretAccessKey}`);
  return hmac(signer, toSign).toString('hex') === given.get('X-Amz-Signature') ? undefined : 'its signature is wrong';
}
