// PostgreSQL refuses to run as root. As root it runs as `postgres`, or `nobody` where there is
// none; and where that account may not traverse the path (a checkout in a home of mode 0700),
// setpriv gives it exactly the capability to do so.
import { execFileSync } from 'node:child_process';
import { constants, statSync } from 'node:fs';
import path from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account for PostgreSQL when this process is root, else undefined: it runs as we do. */
export function postgresAccount(uid: number | undefined): Account | undefined {
  if (uid !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const account = lookUp(name);
    if (account) return account;
  }
  throw new Error('PostgreSQL cannot run as root, and there is no account postgres or nobody');
}

function lookUp(name: string): Account | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** `file` with `args` as `account`, able to reach all `paths`. */
export function commandAs(
  account: Account | undefined,
  file: string,
  args: readonly string[],
  paths: readonly string[],
): Command {
  if (!account) return { file, args };
  if (paths.every((one) => canTraverse(one))) return { file, args, ...account };
  const reach = '+dac_override,+dac_read_search';
  return {
    file: 'setpriv',
    args: [
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      `--inh-caps=${reach}`,
      `--ambient-caps=${reach}`,
      file,
      ...args,
    ],
  };
}

/** Whether anybody may pass through every folder above `target`. */
function canTraverse(target: string): boolean {
  for (let folder = path.dirname(target); ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & constants.S_IXOTH) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}
