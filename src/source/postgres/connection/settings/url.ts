import { type GivenParameters, invalid, type ParameterName, urlParameter } from './parameters.js';

/**
 * libpq's connection URI: `postgres://user:password@host:port,host:port/database?name=value&…`. The general parsers of URLs
 * know neither several hosts nor a missing one, and pg-connection-string reads files and changes what sslmode means.
 */
const uri =
  /^postgres(?:ql)?:\/\/(?:(?<userinfo>[^/?]*)@)?(?<hosts>[^/?]*)(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/is;

const encoding = 'In a name or password, / ? # @ : and % are percent-encoded: %2F %3F %23 %40 %3A %25.';

/** @throws request.invalid; never shows the URL, in which a password may stand */
export function parseUrl(url: string): GivenParameters {
  const parts = uri.exec(url.trim())?.groups;
  if (!parts) {
    throw invalid(
      'source: the URL of the database cannot be read',
      `Write postgres://user@host:5432/database. ${encoding}`,
    );
  }
  // What follows the first / or ? would be taken for a database and its settings, though it ends a password.
  if (`${parts['database'] ?? ''}${parts['query'] ?? ''}`.includes('@')) {
    throw invalid('source: the URL has an "@" after its first "/" or "?"', encoding);
  }
  const given: GivenParameters = {};
  const set = (name: ParameterName, value: string | undefined): void => {
    if (value !== undefined && value !== '') given[name] = { value, origin: `the URL's ${name}`, fromUrl: true };
  };
  const [user, ...password] = (parts['userinfo'] ?? '').split(':');
  set('user', decode(user!));
  set('password', decode(password.join(':')));
  setHosts(parts['hosts'] ?? '', set);
  set('dbname', decode(parts['database'] ?? ''));
  for (const pair of (parts['query'] ?? '').split('&').filter((text) => text !== '')) {
    const [key, ...rest] = pair.split('=');
    const name = decode(key!);
    const value = decode(rest.join('='));
    // What JDBC writes; libpq takes it, too.
    if (name === 'ssl' && value === 'true') set('sslmode', 'require');
    else {
      const parameter = urlParameter(name, value);
      if (parameter) set(parameter, value);
    }
  }
  return given;
}

function setHosts(list: string, set: (name: ParameterName, value: string) => void): void {
  if (list === '') return;
  const entries = list.split(',').map((entry) => {
    const match = /^(?:\[(?<six>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>\d*))?$/.exec(entry)?.groups;
    if (!match)
      throw invalid(
        "source: the URL's host is not a host",
        `Write host, host:port, or [IPv6 address]:port. ${encoding}`,
      );
    return { host: decode(match['six'] ?? match['name'] ?? ''), port: match['port'] ?? '' };
  });
  set('host', entries.map((entry) => entry.host).join(','));
  if (entries.some((entry) => entry.port !== '')) set('port', entries.map((entry) => entry.port).join(','));
}

function decode(text: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw invalid(
      'source: the URL has a % that is not followed by two hexadecimal digits',
      'A % itself is written %25.',
    );
  }
  if (text.includes('%00')) {
    throw invalid('source: the URL has %00, and PostgreSQL has no names or passwords with a zero in them', encoding);
  }
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(
      'source: the URL has percent-encoded bytes that are not UTF-8',
      'Encode names and passwords as UTF-8 first: é is %C3%A9.',
    );
  }
}
