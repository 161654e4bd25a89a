// The programs of an installed RabbitMQ. Debian's commands on the PATH may only be used by its own
// account; the scripts behind them by anybody.
import { existsSync } from 'node:fs';
import path from 'node:path';

export interface Programs {
  readonly server: string;
  readonly control: string;
  readonly epmd: string;
}

const folders = [
  '/usr/lib/rabbitmq/bin',
  '/opt/rabbitmq/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
];

/** Throws one clear line when there is none. */
export function findPrograms(): Programs {
  const folder = folders.find((one) => existsSync(path.join(one, 'rabbitmq-server')));
  if (!folder) {
    throw new Error(
      'RabbitMQ is not installed: `apt-get install rabbitmq-server` or `brew install rabbitmq`',
    );
  }
  return {
    server: path.join(folder, 'rabbitmq-server'),
    control: path.join(folder, 'rabbitmqctl'),
    epmd: 'epmd',
  };
}
