import { isIP } from 'node:net';

/** Whether a host is this machine, by its name or address: packets to it do not leave the machine. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
