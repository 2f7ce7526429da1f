// What the service refuses, by Snowflake's codes; the driver's protocol and the SQL API each say it in their way.

export class Refusal extends Error {
  /** @param {string} code such as 001003 @param {string} sqlState @param {{ status?: number, driverStatus?: number }} statuses of HTTP */
  constructor(code, sqlState, message, { status = 422, driverStatus = 200 } = {}) {
    super(message);
    Object.assign(this, { code, sqlState, status, driverStatus });
  }
}

export const compilation = (message) => new Refusal('001003', '42000', `SQL compilation error:\n${message}`);
export const missing = (name) =>
  new Refusal('002003', '02000', `SQL compilation error:\nObject '${name}' does not exist or not authorized.`);
export const denied = () =>
  new Refusal('003001', '42501', 'SQL access control error:\nInsufficient privileges to operate on this object.');
export const cancelled = () => new Refusal('000604', '57014', 'SQL execution canceled');
export const unauthorized = (code, message, status = 401) => new Refusal(code, '08001', message, { status });
export const notFound = (what) =>
  new Refusal('390404', '02000', `Not found: ${what}`, { status: 404, driverStatus: 404 });
