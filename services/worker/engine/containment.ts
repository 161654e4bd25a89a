// The engine process fences itself in before it opens a byte: a bound on its own memory, and
// death with its parent. Through koffi, since Node has neither.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

const RLIMIT_DATA = 2;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Bounds the writable private memory of this process. Past it an allocation fails and this
 * process alone dies, instead of everything in the container. RLIMIT_AS would not do: V8 and
 * wasm reserve far more addresses than they ever use. What is mapped writable but untouched at
 * this moment (V8's 512 MB for machine code, stacks of threads) does not count.
 */
export function limitMemory(bytes: number): void {
  if (process.platform !== 'linux') return;
  const status = readFileSync('/proc/self/status', 'utf8');
  const untouched = bytesOf(status, 'VmData') - bytesOf(status, 'RssAnon');
  const limit = bytes + Math.max(0, untouched);
  const rlimit = koffi.struct({ soft: 'uint64', hard: 'uint64' });
  const setrlimit = koffi.load(null).func('setrlimit', 'int', ['int', koffi.pointer(rlimit)]);
  if (setrlimit(RLIMIT_DATA, { soft: limit, hard: limit }) !== 0) {
    throw new Error('setrlimit(RLIMIT_DATA) failed');
  }
}

function bytesOf(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** SIGKILL by the kernel when the parent dies, also while this process computes. */
export function dieWithParent(): void {
  if (process.platform !== 'linux') return;
  const prctl = koffi
    .load(null)
    .func('prctl', 'int', [
      'int',
      'unsigned long',
      'unsigned long',
      'unsigned long',
      'unsigned long',
    ]);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}
