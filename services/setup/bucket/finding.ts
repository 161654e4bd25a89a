// What setup found about one thing, and what it or a person has to do about it.
import { failureOf } from '#core/objects/s3/failures.ts';

export interface Finding {
  readonly what: string;
  /** `absent`: the store does not implement it, and we can do without. */
  readonly state: 'ok' | 'changed' | 'absent' | 'wrong';
  readonly detail: string;
  /** Of what is wrong: how to mend it. */
  readonly mend?: string;
}

/** Runs one step; what a store refuses or lacks becomes a finding. `permission` is what the step needs. */
export async function step(
  what: string,
  permission: string,
  work: () => Promise<Omit<Finding, 'what'>>,
): Promise<Finding> {
  try {
    return { what, ...(await work()) };
  } catch (error) {
    const { name, status } = failureOf(error);
    if (status === 501 || status === 405 || name === 'NotImplemented') {
      return { what, state: 'absent', detail: 'this store does not implement it' };
    }
    if (status === 403) {
      const mend = `allow ${permission}, or have somebody run setup who may`;
      return { what, state: 'wrong', detail: 'our credentials may not do this', mend };
    }
    const detail = status === undefined ? 'the store does not answer' : `${status} ${name}`;
    return { what, state: 'wrong', detail, mend: 'see the log of the store' };
  }
}

/** Undefined where the store says that nothing of the kind is configured. */
export async function orNone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (failureOf(error).status === 404) return undefined;
    throw error;
  }
}

export const unchanged = (detail: string) => ({ state: 'ok', detail }) as const;
export const changed = (detail: string) => ({ state: 'changed', detail }) as const;
export const wrong = (detail: string, mend: string) => ({ state: 'wrong', detail, mend }) as const;
