// Locks on open files by flock: the kernel frees them with the process, however that ends.
import koffi from 'koffi';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Locks an open file, for as long as it is open here or in a process that inherited it. False: another one holds it. */
export function tryLock(fd: number): boolean {
  const flock = koffi.load(null).func('flock', 'int', ['int', 'int']);
  return flock(fd, LOCK_EX | LOCK_NB) === 0;
}
