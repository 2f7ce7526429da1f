// Who asks: the metadata server, the token endpoints, and what a token or a self-signed JWT is worth. Permissions are everyone's but for those denied.
import { createVerify, randomUUID } from 'node:crypto';
import { errorBody, Refusal } from './refusal.mjs';

const prefix = '/computeMetadata/v1';

export class Identities {
  #tokens = new Map();
  #denied = [];

  constructor(settings) {
    this.settings = settings;
  }

  #issue(identity, seconds = this.settings.tokenSeconds ?? 3600) {
    const token = `ya29.${randomUUID()}`;
    this.#tokens.set(token, { identity, expires: Date.now() + seconds * 1000 });
    return { access_token: token, expires_in: Math.floor(seconds), token_type: 'Bearer' };
  }

  /** Tokens that are out are worth nothing from now on. */
  expire() {
    for (const one of this.#tokens.values()) one.expires = 0;
  }

  deny(rules) {
    this.#denied = rules;
  }

  allow() {
    this.#denied = [];
  }

  /** @param {string} resource such as `projects/p` or `projects/p/datasets/d/tables/t` */
  may(identity, permission, resource) {
    return !this.#denied.some(
      (one) =>
        one.permission === permission &&
        (one.identity === undefined || one.identity === identity) &&
        (one.resource === undefined || one.resource === resource),
    );
  }

  /** A request may name the project that pays for it. */
  checkUserProject(identity, userProject) {
    if (userProject === undefined || this.may(identity, 'serviceusage.services.use', `projects/${userProject}`)) return;
    throw new Refusal(
      'userProjectDenied',
      `Caller does not have required permission to use project ${userProject}. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission.`,
    );
  }

  /** The claims of a JWT that a known service account signed and that is good now. */
  #claims(jwt) {
    const [head, body, signature] = jwt.split('.');
    if (signature === undefined) return undefined;
    try {
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      const key = this.settings.serviceAccounts?.[claims.iss];
      if (
        key === undefined ||
        !createVerify('RSA-SHA256').update(`${head}.${body}`).verify(key, signature, 'base64url')
      )
        return undefined;
      return claims.exp * 1000 > Date.now() ? claims : undefined;
    } catch {
      return undefined;
    }
  }

  /** The identity behind an Authorization header. */
  of(authorization) {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    const held = token === undefined ? undefined : this.#tokens.get(token);
    const identity =
      held === undefined ? this.#claims(token ?? '')?.iss : held.expires > Date.now() ? held.identity : undefined;
    if (identity !== undefined) return identity;
    throw new Refusal(
      'authError',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    );
  }

  /** An answer of the endpoints that hand out identities, undefined for other paths. */
  answer(method, path, headers, body) {
    // So clients find out whether they are on a machine of Google's.
    if (path === '/' && headers['metadata-flavor'] === 'Google') return { status: 200, body: 'computeMetadata/\n' };
    if (path.startsWith(prefix)) return this.#metadata(path.slice(prefix.length), headers);
    if (path === '/token') return this.#token(new URLSearchParams(body));
    if (path === '/v1/token' || path === '/sts/token') return this.#exchange(headers, body);
    const impersonated = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(path);
    return impersonated === null ? undefined : this.#impersonate(decodeURIComponent(impersonated[1]), headers, body);
  }

  #metadata(path, headers) {
    if (headers['metadata-flavor'] !== 'Google') return { status: 403, body: 'Missing Metadata-Flavor:Google header.' };
    if (/^\/instance\/service-accounts\/[^/]+\/token$/.test(path))
      return { status: 200, body: this.#issue(this.settings.identity) };
    if (/^\/instance\/service-accounts\/[^/]+\/$/.test(path))
      return { status: 200, body: { email: this.settings.identity, scopes: [] } };
    const text = {
      '/project/project-id': this.settings.project,
      '/instance/service-accounts/default/email': this.settings.identity,
      '/universe/universe-domain': 'googleapis.com',
      '/universe/universe_domain': 'googleapis.com',
      '/instance': 'attributes/\n',
      '/instance/': 'attributes/\n',
    }[path];
    return text === undefined ? { status: 404, body: 'not found' } : { status: 200, body: text };
  }

  #token(form) {
    if (form.get('grant_type') === 'refresh_token')
      return { status: 200, body: this.#issue(form.get('refresh_token')) };
    const claims = this.#claims(form.get('assertion') ?? '');
    if (claims === undefined)
      return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
    return { status: 200, body: this.#issue(claims.iss) };
  }

  /** Workload identity federation: a subject's token for one of Google's. */
  #exchange(headers, body) {
    const given = String(headers['content-type']).includes('json')
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body));
    const subject = given.subject_token ?? given.subjectToken ?? '';
    if (subject === '' || (this.settings.subjectToken !== undefined && subject !== this.settings.subjectToken))
      return { status: 400, body: { error: 'invalid_grant', error_description: 'The subject token is not valid.' } };
    const token = this.#issue(`principal:${given.audience}`);
    return { status: 200, body: { ...token, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' } };
  }

  #impersonate(email, headers, body) {
    const caller = this.of(headers.authorization);
    if (!this.may(caller, 'iam.serviceAccounts.getAccessToken', email)) {
      const message = `Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).`;
      return { status: 403, body: errorBody(403, 'forbidden', message, 'PERMISSION_DENIED') };
    }
    const seconds = Number.parseFloat(JSON.parse(body || '{}').lifetime ?? '3600s');
    const { access_token: accessToken } = this.#issue(email, Math.min(seconds, this.settings.tokenSeconds ?? 3600));
    return { status: 200, body: { accessToken, expireTime: new Date(Date.now() + seconds * 1000).toISOString() } };
  }
}
