import type { Finding } from './bucket/finding.ts';
import { gatewayPolicy, type PolicySubject, workerPolicy } from './bucket/policy.ts';

const marks = { ok: 'ok', changed: 'done', absent: 'none', wrong: 'WRONG' } as const;

/** A line for each finding, with the way to mend it below. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ what, state, detail, mend }) => {
      const line = `${marks[state].padEnd(6)}${what.padEnd(16)}${detail}\n`;
      return mend === undefined ? line : `${line}${' '.repeat(22)}to mend it: ${mend}\n`;
    })
    .join('');
}

export function describePolicies(subject: PolicySubject): string {
  const text = (policy: unknown) => JSON.stringify(policy, undefined, 2);
  return [
    '\nThe least that the gateway needs:\n',
    text(gatewayPolicy(subject)),
    '\nThe least that a worker needs:\n',
    text(workerPolicy(subject)),
    '',
  ].join('\n');
}
