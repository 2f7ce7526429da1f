import { expect, it } from 'vitest';
import { bigqueryFailure } from '../../../src/source/bigquery/connection/errors.js';

const told = (failure: object) =>
  bigqueryFailure(Object.assign(new Error('about it'), failure), {
    ...{ doing: 'read', identity: 'me', secrets: ['s3cret'], hideValues: false },
  });

const refused = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1.';

it.each<[string, object, string, RegExp]>([
  [
    'a connection that is refused',
    { code: 14, details: `${refused} Resolution note: ` },
    'source.unreachable',
    /network/,
  ],
  [
    'a name that is not known',
    { code: 14, details: 'Name resolution failed for target dns:x' },
    'source.unreachable',
    /network/,
  ],
  ['a service that is busy', { code: 14, details: 'try later' }, 'source.unreachable', /busy/],
  ['a quota', { errors: [{ reason: 'quotaExceeded', message: 'too much' }] }, 'source.unreachable', /quota/],
  ['a lost connection', { code: 'ECONNRESET' }, 'source.unreachable', /network/],
  ['a table that is not there', { code: 5, details: 'no such table' }, 'source.not-found', /location/],
  ['a token that has expired', { code: 16, details: 'expired' }, 'source.auth', /Credentials are looked for/],
  [
    'a permission',
    { code: 7, details: `the user lacks 'bigquery.tables.getData' on Table p:d.t.` },
    'source.permission',
    /roles\/bigquery\.dataViewer\) on p:d\.t, which has bigquery\.tables\.getData\.$/,
  ],
  [
    'a moment that is gone',
    { code: 3, details: 'Invalid snapshot time 1 for table p:d.t@978307200000. Cannot read before 1795879169463.' },
    'request.invalid',
    /last seven days/,
  ],
  ['anything else', { code: 11, details: 'out of range' }, 'source.protocol', /BigQuery/],
])('%s is told with what to do', (_, failure, code, hint) => {
  expect(told(failure)).toMatchObject({ code, hint: expect.stringMatching(hint) as string });
});

it('moments that are gone are told as times', () => {
  const details = 'Invalid snapshot time 978307200000 for table p:d.t@978307200000. Cannot read before 1795879169463.';
  expect(told({ errors: [{ reason: 'invalid', message: details }] }).message).toMatch(
    /@2001-01-01T00:00:00\.000Z\. Cannot read before 2026-11-28T/,
  );
});

it('what is said of it is one line without secrets', () => {
  expect(told({ code: 14, details: `${refused} Resolution note: ` }).message).toBe(
    `cannot read as me: ${refused.slice(0, -1)}`,
  );
  expect(told({ code: 3, details: 'no\n s3cret' }).message).toBe('cannot read as me: no ***');
});
