/**
 * Calls `act` after `ms` unless it is called off. What has arrived by then is heard first: a process
 * that was busy itself finds its timer before the answer that has long been lying there.
 */
export function whenLate(ms: number, act: () => void): { callOff(): void } {
  let last: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    last = setImmediate(act);
  }, ms);
  return {
    callOff() {
      clearTimeout(timer);
      clearImmediate(last);
    },
  };
}
