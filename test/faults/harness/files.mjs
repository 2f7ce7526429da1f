// Calls of the file system that go wrong.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { strikes } from './faults.mjs';

const root = `${process.env['TIDEMARK_FAULT_ROOT']}/`;
const messages = {
  EIO: [-5, 'i/o error'],
  ENOSPC: [-28, 'no space left on device'],
  EMFILE: [-24, 'too many open files'],
};

/** As Node makes it. */
function systemError(code, syscall, path) {
  const [errno, text] = messages[code];
  const place = path === undefined ? '' : ` '${path}'`;
  const error = new Error(`${code}: ${text}, ${syscall}${place}`);
  return Object.assign(error, { errno, code, syscall, ...(path !== undefined && { path }) });
}

/** Calls by their names in `node:fs`, with what is said when they fail. */
const byPath = {
  open: { code: 'EMFILE', calls: ['openSync', 'mkdirSync', 'mkdtempSync'] },
  read: { code: 'EIO', calls: ['readFileSync'] },
  write: { code: 'ENOSPC', calls: ['writeFileSync'] },
  rename: { code: 'EIO', calls: ['renameSync', 'linkSync'] },
  look: { code: 'EIO', calls: ['readdirSync', 'statSync', 'lstatSync', 'realpathSync', 'statfsSync', 'accessSync'] },
  remove: { code: 'EIO', calls: ['unlinkSync', 'rmSync', 'rmdirSync'] },
};
const byDescriptor = {
  read: { code: 'EIO', calls: ['readSync', 'read'] },
  write: { code: 'ENOSPC', calls: ['writeSync'] },
  sync: { code: 'EIO', calls: ['fsyncSync', 'fsync'] },
};

/** Descriptors of files below the root, which this thread has opened. */
const opened = new Set();
const isOurs = (path) => `${path instanceof URL ? path.pathname : path}`.startsWith(root);
const { closeSync, writeSync } = fs;

/** Says it as the call does: by throwing, to a callback or by a promise. */
function fail(error, args) {
  const callback = args.at(-1);
  if (typeof callback !== 'function') throw error;
  setImmediate(callback, error);
}

for (const [kind, { code, calls }] of Object.entries(byPath))
  for (const name of calls) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (isOurs(args[0]) && strikes(kind)) return fail(systemError(code, name.replace('Sync', ''), args[0]), args);
      return original.apply(fs, args);
    };
    Object.assign(fs[name], original);
  }
const failingOpen = fs.openSync;
fs.openSync = (path, ...others) => {
  const descriptor = failingOpen(path, ...others);
  if (isOurs(path)) opened.add(descriptor);
  return descriptor;
};
for (const [kind, { code, calls }] of Object.entries(byDescriptor))
  for (const name of calls) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (opened.has(args[0]) && strikes(kind)) return fail(systemError(code, name.replace('Sync', '')), args);
      return original.apply(fs, args);
    };
  }
const failingWrite = fs.writeSync;
fs.writeSync = (descriptor, bytes, offset = 0, length = bytes.length - offset, ...others) => {
  const isShort = length > 1 && opened.has(descriptor) && strikes('short write');
  return isShort
    ? writeSync(descriptor, bytes, offset, length >> 1, ...others)
    : failingWrite(descriptor, bytes, offset, length, ...others);
};
fs.closeSync = (descriptor) => {
  const ours = opened.delete(descriptor);
  closeSync(descriptor);
  // As Linux does it: the descriptor is gone whatever is said.
  if (ours && strikes('close')) throw systemError('EIO', 'close');
};

const promised = {
  open: { code: 'EMFILE', calls: ['mkdir', 'mkdtemp'] },
  rename: { code: 'EIO', calls: ['rename', 'link'] },
  look: { code: 'EIO', calls: ['readdir', 'stat', 'lstat', 'access', 'realpath', 'statfs'] },
  remove: { code: 'EIO', calls: ['unlink', 'rm', 'rmdir'] },
  read: { code: 'EIO', calls: ['readFile'] },
  write: { code: 'ENOSPC', calls: ['writeFile'] },
};
for (const [kind, { code, calls }] of Object.entries(promised))
  for (const name of calls) {
    const original = fs.promises[name];
    fs.promises[name] = async (path, ...others) => {
      if (isOurs(path) && strikes(kind)) throw systemError(code, name, path);
      return original.call(fs.promises, path, ...others);
    };
  }
const handled = {
  read: ['read', 'EIO'],
  readFile: ['read', 'EIO'],
  write: ['write', 'ENOSPC'],
  sync: ['sync', 'EIO'],
  stat: ['look', 'EIO'],
};
const { open } = fs.promises;
fs.promises.open = async (path, ...others) => {
  if (!isOurs(path)) return open.call(fs.promises, path, ...others);
  if (strikes('open')) throw systemError('EMFILE', 'open', path);
  const handle = await open.call(fs.promises, path, ...others);
  for (const [name, [kind, code]] of Object.entries(handled)) {
    const original = handle[name];
    handle[name] = async (...args) => {
      if (strikes(kind)) throw systemError(code, name);
      return original.apply(handle, args);
    };
  }
  return handle;
};
const { rm } = fs;
fs.rm = (path, ...others) => {
  if (isOurs(path) && strikes('remove')) return fail(systemError('EIO', 'rm', path), others);
  return rm.call(fs, path, ...others);
};
syncBuiltinESMExports();
