// Where RabbitMQ is, who we are there, and what tells a mistake in these from an outage.
import type { Options, SocketOptions } from 'amqplib';
import type { BrokerConfig } from '../../config.ts';

export interface RabbitmqSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Any characters. */
  readonly password: string;
  readonly vhost: string;
  readonly tls: boolean;
  /** PEM: whom to trust, and how to show ourselves. Absent: the system's authorities, no certificate. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Undefined when no RabbitMQ is configured. A field of its own wins over its part of the URL. */
export function rabbitmqSettings(config: BrokerConfig): RabbitmqSettings | undefined {
  const url = config.CRICKSY_BROKER_URL ? new URL(config.CRICKSY_BROKER_URL) : undefined;
  const host = config.CRICKSY_BROKER_HOST ?? url?.hostname.replace(/^\[|\]$/g, '');
  if (!host) return undefined;
  const tls = config.CRICKSY_BROKER_TLS ?? url?.protocol === 'amqps:';
  const part = (text: string | undefined) => (text ? decodeURIComponent(text) : undefined);
  return {
    host,
    tls,
    port: config.CRICKSY_BROKER_PORT ?? (Number(url?.port) || (tls ? 5671 : 5672)),
    user: config.CRICKSY_BROKER_USER ?? part(url?.username) ?? 'guest',
    password: config.CRICKSY_BROKER_PASSWORD ?? part(url?.password) ?? 'guest',
    vhost: config.CRICKSY_BROKER_VHOST ?? part(url?.pathname.slice(1)) ?? '/',
    ca: config.CRICKSY_BROKER_CA,
    cert: config.CRICKSY_BROKER_CERT,
    key: config.CRICKSY_BROKER_KEY,
  };
}

/** Seconds of silence after which a connection is half suspected; twice that is its end. */
const heartbeat = 10;
const connectMs = 5_000;

export function connectOptions(settings: RabbitmqSettings): Options.Connect {
  return {
    protocol: settings.tls ? 'amqps' : 'amqp',
    hostname: settings.host,
    port: settings.port,
    username: settings.user,
    password: settings.password,
    // amqplib unescapes it.
    vhost: encodeURIComponent(settings.vhost),
    heartbeat,
  };
}

export function socketOptions(settings: RabbitmqSettings, name: string): SocketOptions {
  const { tls, ca, cert, key } = settings;
  return {
    timeout: connectMs,
    noDelay: true,
    keepAlive: true,
    clientProperties: { connection_name: name },
    ...(tls && ca && { ca }),
    ...(tls && cert && key && { cert, key }),
  };
}

/**
 * What a person has to change, if waiting does not help: undefined for a broker that is away,
 * which may come back any moment.
 */
export function refusalOf(error: Error, settings: RabbitmqSettings): string | undefined {
  const where = `RabbitMQ at ${settings.host}:${settings.port}`;
  if (/ACCESS.REFUSED/.test(error.message)) {
    return `${where} does not let the user "${settings.user}" in: check CRICKSY_BROKER_USER, CRICKSY_BROKER_PASSWORD or CRICKSY_BROKER_URL`;
  }
  if (/Expected ConnectionOpenOk; got .*ConnectionClose/s.test(error.message)) {
    return `${where} does not open the virtual host "${settings.vhost}" to "${settings.user}": check CRICKSY_BROKER_VHOST or CRICKSY_BROKER_URL, and the user's permissions`;
  }
  const code = 'code' in error ? String(error.code) : '';
  if (/CERT|SIGNATURE|ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO/.test(code)) {
    return `${where} and we do not agree on TLS (${code}): check CRICKSY_BROKER_TLS, CRICKSY_BROKER_CA, CRICKSY_BROKER_CERT and CRICKSY_BROKER_KEY`;
  }
  return undefined;
}
