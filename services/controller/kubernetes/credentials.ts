// How the API server is reached. In a pod: by the files of its service account, which the kubelet
// renews. Elsewhere: by KUBECONFIG, which takes @kubernetes/client-node; that costs 70 MB of memory,
// so a pod never loads it.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import path from 'node:path';
import { ConfigError } from '#core/config.ts';

export interface Credentials {
  /** URL of the API server. */
  readonly server: string;
  /** Asked before each request: tokens end. */
  tls(): Promise<Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>>;
  headers(): Promise<Readonly<Record<string, string>>>;
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface Whereabouts {
  readonly kubeconfig: string | undefined;
  /** Of the API server's Service, as every pod is told. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly folder?: string;
}

/** Throws a ConfigError when neither way is there. */
export async function findCredentials(where: Whereabouts): Promise<Credentials> {
  if (where.kubeconfig) return fromKubeconfig(where.kubeconfig);
  const folder = where.folder ?? serviceAccount;
  if (where.host && existsSync(path.join(folder, 'token')))
    return fromServiceAccount(where, folder);
  throw new ConfigError(['KUBECONFIG: is needed outside of a pod that has a service account']);
}

function fromServiceAccount({ host = '', port = '443' }: Whereabouts, folder: string): Credentials {
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    server,
    tls: async () => ({ ca: await readFile(path.join(folder, 'ca.crt')) }),
    headers: async () => {
      const token = await readFile(path.join(folder, 'token'), 'utf8');
      return { authorization: `Bearer ${token.trim()}` };
    },
  };
}

async function fromKubeconfig(file: string): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  config.loadFromFile(file);
  const server = config.getCurrentCluster()?.server;
  if (!server) throw new ConfigError([`KUBECONFIG: ${file} has no current context`]);
  const asked = async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  return {
    server,
    async tls() {
      const { ca, cert, key, rejectUnauthorized, servername } = await asked();
      return Object.fromEntries(
        Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(
          ([, value]) => value !== undefined,
        ),
      );
    },
    async headers() {
      const { headers, auth } = await asked();
      const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
      return { ...basic, ...(headers as Record<string, string> | undefined) };
    },
  };
}
