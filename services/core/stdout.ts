// Where log lines go. Written at once, so that the last ones before a crash are there, and kept
// nowhere: a reader that is gone costs lines, never the process, which a buffer that wants to be
// flushed at the end would hold for ever.
import { writeSync } from 'node:fs';

export const stdoutFd = 1;
/** What a full pipe is waited for, in steps, before its lines are dropped. */
const stepMs = 10;
const steps = 50;

export function createStdout(fd: number = stdoutFd): { write(line: string): void } {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let patience = steps;
  return {
    write(line) {
      let rest: Uint8Array = Buffer.from(line);
      while (rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(fd, rest));
          patience = steps;
        } catch (error) {
          const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
          // Once given up, only a line that passes brings the patience back.
          if (!full || patience === 0) return;
          patience--;
          Atomics.wait(clock, 0, 0, stepMs);
        }
      }
    },
  };
}
