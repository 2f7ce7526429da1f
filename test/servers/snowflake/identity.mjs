// Who asks: what a login, a session's token, or a token of the SQL API is worth.
import { createHash, createPublicKey, createVerify, randomUUID } from 'node:crypto';
import { seen } from './faults.mjs';
import { Refusal, unauthorized } from './refusal.mjs';

const folded = (name) =>
  name === undefined || name === null || name === ''
    ? undefined
    : /^".*"$/.test(name)
      ? name.slice(1, -1)
      : name.toUpperCase();
const gone = (code, message) => new Refusal(code, '08001', message, { status: 401 });

/** The fingerprint of a public key, as `iss` names it. */
const fingerprintOf = (pem) =>
  `SHA256:${createHash('sha256')
    .update(createPublicKey(pem).export({ format: 'der', type: 'spki' }))
    .digest('base64')}`;

export class Identities {
  sessions = new Map();
  #masters = new Map();
  #count = 0;

  constructor(settings) {
    this.settings = settings;
  }

  clear() {
    this.sessions.clear();
    this.#masters.clear();
  }

  /** What is wrong with a JWT, undefined if it is good. */
  #jwtProblem(jwt) {
    const { account, user, publicKey } = this.settings;
    const [head, body, signature] = String(jwt ?? '').split('.');
    try {
      if (!createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature, 'base64url'))
        return 'signature';
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      // The drivers tell milliseconds.
      const millis = (time) => (time > 1e11 ? time : time * 1000);
      if (claims.iss !== `${account}.${user}.${fingerprintOf(publicKey)}`) return 'issuer';
      if (claims.sub !== `${account}.${user}`) return 'subject';
      return millis(claims.exp) > Date.now() && millis(claims.iat) < Date.now() + 60_000 ? undefined : 'time';
    } catch {
      return 'form';
    }
  }

  #check(data) {
    const { settings } = this;
    const listed = (list) => (settings[list] ?? []).includes(data.TOKEN);
    switch ((data.AUTHENTICATOR ?? 'SNOWFLAKE').toUpperCase()) {
      case 'SNOWFLAKE_JWT':
        if (this.#jwtProblem(data.TOKEN) !== undefined) throw unauthorized('390144', 'JWT token is invalid.');
        return;
      case 'OAUTH':
        if (settings.expiredTokens?.includes(data.TOKEN)) throw unauthorized('390318', 'OAuth access token expired.');
        if (!listed('oauthTokens')) throw unauthorized('390303', 'Invalid OAuth access token.');
        return;
      case 'PROGRAMMATIC_ACCESS_TOKEN':
        if (!listed('accessTokens')) throw unauthorized('394400', 'Programmatic access token is invalid.');
        return;
      case 'WORKLOAD_IDENTITY':
        if (!listed('workloadTokens') || !['AWS', 'AZURE', 'GCP', 'OIDC'].includes(data.PROVIDER))
          throw unauthorized('394600', 'Workload identity authentication failed.');
        return;
      case 'SNOWFLAKE':
        if (
          data.LOGIN_NAME?.toUpperCase() === settings.user &&
          settings.password !== undefined &&
          data.PASSWORD === settings.password
        )
          return;
        // A programmatic access token may stand where a password does.
        if ((settings.accessTokens ?? []).includes(data.PASSWORD)) return;
        throw unauthorized('390100', 'Incorrect username or password was specified.');
      default:
        throw unauthorized('390201', `The authenticator ${data.AUTHENTICATOR} is not known here.`);
    }
  }

  /** @param {URLSearchParams} query with the session's defaults */
  login(data, query) {
    const { settings } = this;
    const role = folded(query.get('roleName'));
    const noted = {
      authenticator: data.AUTHENTICATOR ?? 'SNOWFLAKE',
      user: data.LOGIN_NAME,
      app: data.CLIENT_APP_ID,
      version: data.CLIENT_APP_VERSION,
      application: data.CLIENT_ENVIRONMENT?.APPLICATION,
      environment: Object.keys(data.CLIENT_ENVIRONMENT ?? {}),
      provider: data.PROVIDER,
      good: false,
    };
    seen.logins.push(noted);
    if (data.ACCOUNT_NAME !== undefined && data.ACCOUNT_NAME.toUpperCase() !== settings.account)
      throw unauthorized('390100', 'Incorrect username or password was specified.');
    this.#check(data);
    if (role !== undefined && !settings.roles.includes(role))
      throw unauthorized('390189', `Role '${role}' specified in the connect string is not granted to this user.`);
    noted.good = true;
    this.#count += 1;
    const session = this.#session(
      {
        database: folded(query.get('databaseName')),
        schema: folded(query.get('schemaName')),
        warehouse: folded(query.get('warehouse')),
        role,
      },
      this.#count,
    );
    for (const [name, value] of Object.entries(data.SESSION_PARAMETERS ?? {}))
      session.parameters[name.toUpperCase()] = value;
    const masterToken = `MT-${randomUUID()}`;
    this.#masters.set(masterToken, session);
    return { session, masterToken, token: this.#token(session, masterToken) };
  }

  #session(given, id) {
    const { database, schema, warehouse, role, user, account, roles } = this.settings;
    const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const base = { database, schema, warehouse, role: role ?? roles[0], user, account };
    return { ...base, ...told, id, parameters: {} };
  }

  #token(session, masterToken) {
    const token = `ST-${randomUUID()}`;
    this.sessions.set(token, { session, masterToken, expired: false });
    return token;
  }

  #tokenOf(headers) {
    return /^Snowflake Token="(.*)"$/.exec(headers.authorization ?? '')?.[1];
  }

  /** The session of a driver's request. */
  of(headers) {
    const held = this.sessions.get(this.#tokenOf(headers));
    if (held === undefined)
      throw gone('390104', 'Session no longer exists.  New login required to access the service.');
    if (held.expired) throw gone('390112', 'Your session has expired. Please login again.');
    return held.session;
  }

  renew(headers, { oldSessionToken }) {
    const masterToken = this.#tokenOf(headers);
    const session = this.#masters.get(masterToken);
    if (session === undefined || this.sessions.get(oldSessionToken)?.session !== session)
      throw gone('390114', 'Authentication token has expired.  The user must authenticate again.');
    this.sessions.delete(oldSessionToken);
    seen.renewals += 1;
    return { sessionToken: this.#token(session, masterToken), masterToken, session };
  }

  end(headers) {
    const token = this.#tokenOf(headers);
    const held = this.sessions.get(token);
    if (held === undefined) return;
    seen.ended += 1;
    this.#masters.delete(held.masterToken);
    this.sessions.delete(token);
  }

  /** Session tokens are out; with `masters`, so are those that renew them. */
  expire({ masters = false } = {}) {
    for (const one of this.sessions.values()) one.expired = true;
    if (masters) this.#masters.clear();
  }

  /** The session of a request of the SQL API, which has none but what it says. */
  ofApi(headers, body) {
    const type = headers['x-snowflake-authorization-token-type'] ?? 'OAUTH';
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (type === 'KEYPAIR_JWT') {
      if (this.#jwtProblem(token) !== undefined) throw unauthorized('390144', 'JWT token is invalid.');
    } else if (type === 'OAUTH') {
      if (this.settings.expiredTokens?.includes(token)) throw unauthorized('390318', 'OAuth access token expired.');
      if (!this.settings.oauthTokens?.includes(token)) throw unauthorized('390303', 'Invalid OAuth access token.');
    } else if (type === 'PROGRAMMATIC_ACCESS_TOKEN') {
      if (!this.settings.accessTokens?.includes(token))
        throw unauthorized('394400', 'Programmatic access token is invalid.');
    } else throw unauthorized('390101', 'Authorization token type is not supported.');
    const { database, schema, warehouse, role } = body;
    const session = this.#session(
      { database: folded(database), schema: folded(schema), warehouse: folded(warehouse), role: folded(role) },
      0,
    );
    if (!this.settings.roles.includes(session.role))
      throw new Refusal('390186', '08001', `Role '${session.role}' specified is not granted to this user.`, {
        status: 403,
      });
    for (const [name, value] of Object.entries(body.parameters ?? {}))
      session.parameters[name.toUpperCase()] = String(value);
    return session;
  }
}
