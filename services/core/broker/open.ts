// The broker that the configuration asks for; the client of the other one is not even loaded.
import type { BrokerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { DatabaseOptions } from '../postgres/connection.ts';
import type { Broker } from './broker.ts';
import { createPostgresBroker } from './postgres/broker.ts';
import { rabbitmqSettings } from './rabbitmq/settings.ts';

/**
 * RabbitMQ when one is configured, else PostgreSQL. A broker that is away is waited for in the
 * background; one that refuses us is a ConfigError.
 */
export async function openBroker(
  config: BrokerConfig,
  { database, log }: { database: DatabaseOptions; log: Log },
): Promise<Broker> {
  const settings = rabbitmqSettings(config);
  if (!settings) return createPostgresBroker({ database, log });
  const { createRabbitmqBroker } = await import('./rabbitmq/broker.ts');
  const broker = createRabbitmqBroker({ settings, name: database.name, log });
  try {
    await broker.tried;
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}
