import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { privateKeyOf } from '../../../src/source/snowflake/connection/settings/private-key.js';
import { fileWith, refusalOf } from './given.js';

const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const phrase = 'phrase-canary';
const lock = { cipher: 'aes-256-cbc', passphrase: phrase };

const pemOf = (one: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1', locked = false): string =>
  one.export({ format: 'pem', type, ...(locked && lock) }) as string;
const plain = pemOf(key, 'pkcs8');
const encrypted = pemOf(key, 'pkcs8', true);
const old = pemOf(key, 'pkcs1');
const oldEncrypted = pemOf(key, 'pkcs1', true);

const headless = (pem: string): string => pem.replace(/-----[^-]+-----\n?/g, '');
const inOneLine = (pem: string): string => headless(pem).replaceAll('\n', '');
const writtenOut = (pem: string): string => pem.replaceAll('\n', '\\n');
const broken = (pem: string): string => pem.replaceAll('\n', '\r\n');

const read = (text: string, passphrase?: string): string =>
  privateKeyOf(
    { text: { value: text, origin: 'A_KEY' } },
    passphrase === undefined ? undefined : { value: passphrase, origin: 'A_PHRASE' },
  ).reveal();

const forms = [
  ['as it is', (pem: string) => pem],
  ['with \\n written out', writtenOut],
  ['with line breaks of Windows', broken],
  ['with blanks around', (pem: string) => `\n  ${pem}  \n`],
] as const;
const headlessForms = [
  ['wrapped', headless],
  ['in one line', inOneLine],
  ['with \\n written out', (pem: string) => writtenOut(headless(pem))],
] as const;

describe('a private key', () => {
  it.each(forms)('is read %s, encrypted or not', (_, form) => {
    for (const pem of [plain, old]) expect(read(form(pem))).toBe(plain);
    for (const pem of [encrypted, oldEncrypted]) expect(read(form(pem), phrase)).toBe(plain);
  });

  it.each(headlessForms)('is read without header lines %s, encrypted or not', (_, form) => {
    for (const pem of [plain, old]) expect(read(form(pem))).toBe(plain);
    expect(read(form(encrypted), phrase)).toBe(plain);
  });

  it('that is not encrypted does not mind a passphrase', () => {
    for (const text of [plain, old, inOneLine(plain)]) expect(read(text, 'any')).toBe(plain);
  });

  it('is read from a file', () => {
    const origins = { file: { value: fileWith(encrypted), origin: 'A_FILE' } };
    const secret = privateKeyOf(origins, { value: phrase, origin: 'A_PHRASE' });
    expect([secret.reveal(), String(secret)]).toEqual([plain, '[secret]']);
    expect(createPrivateKey(secret.reveal()).asymmetricKeyType).toBe('rsa');
  });
});

describe('what is no private key of Snowflake', () => {
  const howTo =
    'openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes-256-cbc -out rsa_key.p8 makes one; docs/databases/snowflake.md.';
  const has = 'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE has it.';
  const locked = [
    ['encrypted', encrypted],
    ['encrypted, in one line', inOneLine(encrypted)],
    ['encrypted in the old way', oldEncrypted],
  ] as const;

  it.each(locked)('is told: %s, without its passphrase', (_, text) => {
    const message = 'A_KEY: the key is encrypted, and there is no passphrase';
    expect(refusalOf(() => read(text))).toEqual({ message, hint: has });
  });

  it.each(locked)('is told: %s, with another passphrase', (_, text) => {
    const told = refusalOf(() => read(text, 'wrong-canary'));
    expect(told).toEqual({
      message: 'A_KEY: A_PHRASE does not open the key',
      hint: 'Give the passphrase of this key.',
    });
  });

  it.each([
    ['words', 'key-canary of somebody'],
    ['nothing', ''],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nMIIBcanary\n-----END PUBLIC KEY-----'],
    ['half of one', plain.slice(0, 600)],
    ['half of one, in one line', inOneLine(plain).slice(0, 600)],
    ['one with something in its midst', plain.replace('\n', '\n!canary!\n')],
  ])('is told: %s', (_, text) => {
    for (const passphrase of [undefined, 'phrase-canary']) {
      const told = refusalOf(() => read(text, passphrase));
      expect(told).toEqual({ message: 'A_KEY: that is no private key in PEM', hint: howTo });
    }
  });

  it.each([pemOf(curve, 'pkcs8'), pemOf(curve, 'sec1'), inOneLine(pemOf(curve, 'pkcs8'))])(
    'is told: one of a curve (%#)',
    (text) => {
      expect(refusalOf(() => read(text))).toEqual({
        message: 'A_KEY: the key is ec, and Snowflake takes RSA',
        hint: howTo,
      });
    },
  );

  it('is told: a file that is not there, or is a folder', () => {
    const file = (value: string): object =>
      refusalOf(() => privateKeyOf({ file: { value, origin: 'A_FILE' } }, undefined));
    const hint = 'Give the path of a private key in PEM.';
    expect(file('/nonexistent/k')).toEqual({ message: 'A_FILE: /nonexistent/k cannot be read (ENOENT)', hint });
    expect(file('/')).toEqual({ message: 'A_FILE: / cannot be read (EISDIR)', hint });
  });
});
