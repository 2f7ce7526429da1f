import { invalidRequest } from '../core/errors.js';
import { Secret } from '../core/secret.js';

/** Where versions are registered, and as whom. */
export interface RegistrationSettings {
  /** `https://app.valohai.com` */
  readonly host: string;
  readonly token: Secret;
  /** The project's id, or its name as `owner/project` or `project`. */
  readonly project: string;
  /** The store's id or name; undefined: the one of the project that has the bucket. */
  readonly store: string | undefined;
}

/** Variables of the platform's own command line and of its examples; the first one that is set counts. */
const registrationVariables = {
  host: ['VALOHAI_HOST', 'VH_API_BASE_URL'],
  token: ['VALOHAI_TOKEN', 'VH_API_TOKEN'],
  project: ['VALOHAI_PROJECT', 'VH_PROJECT_ID'],
  store: ['VALOHAI_STORE'],
} as const;

/** Whether the value of a variable is a secret. */
export const isTokenVariable = (name: string): boolean =>
  (registrationVariables.token as readonly string[]).includes(name);

const defaultHost = 'https://app.valohai.com';

/** @param key the option that needs it @throws request.invalid naming the variable that is missing */
export function registrationSettings(
  env: Readonly<Record<string, string | undefined>>,
  key = 'register',
): RegistrationSettings {
  const one = (key: keyof typeof registrationVariables): string | undefined =>
    registrationVariables[key].map((name) => env[name]?.trim()).find((value) => value);
  const [host = defaultHost, token, project, store] = [one('host'), one('token'), one('project'), one('store')];
  if (token === undefined)
    throw invalidRequest(
      `${key}: there is no token for the API of Valohai`,
      'Make one in your profile there, and give it as VALOHAI_TOKEN, which is kept secret.',
    );
  if (project === undefined)
    throw invalidRequest(
      `${key}: it is not said in which project of Valohai`,
      'Give its id as VALOHAI_PROJECT; in an execution VH_PROJECT_ID says it.',
    );
  return { host: checkedHost(host), token: checkedToken(token, key), project, store };
}

/** What cannot stand in a header would fail there as if nobody answered, and be tried again for long. The token is not shown. */
function checkedToken(token: string, key: string): Secret {
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw invalidRequest(
    `${key}: the token for the API of Valohai has blanks, line ends or letters that no token has`,
    'Look what VALOHAI_TOKEN holds: the token alone, in one line.',
  );
}

/** A token goes over TLS, but to this machine. */
function checkedHost(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  const isHere = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const isAddress = url !== undefined && /^\/(?:api(?:\/v0)?\/?)?$/.test(url.pathname) && url.search === '';
  if (isAddress && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere))) return url.origin;
  throw invalidRequest(
    `register: ${registrationVariables.host[0]} is not the address of a Valohai`,
    `Give it as ${defaultHost}: over https, since the token goes there, and without a path.`,
  );
}
