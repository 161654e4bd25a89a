// What somebody wants to see who was not there: the pods and their last words.
import type { World } from './world.ts';

const components = [
  'migrations',
  'setup',
  'gateway',
  'worker',
  'controller',
  'postgresql',
  'rabbitmq',
  'objects',
];

export async function explain({ kubectl }: World): Promise<string> {
  const parts = [
    await ask('get', 'pods', '-o', 'wide'),
    await ask('get', 'ocrworkerpools', '-o', 'wide'),
  ];
  for (const component of components) {
    const of = ['-l', `app.kubernetes.io/component=${component}`];
    parts.push(`--- ${component}`, await ask('logs', ...of, '--prefix', '--tail=10'));
  }
  return parts.join('\n');

  function ask(...args: string[]): Promise<string> {
    return kubectl(...args).catch((error: unknown) => String(error));
  }
}
