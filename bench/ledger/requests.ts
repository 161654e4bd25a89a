// How long the API takes for one question, as a client sees it: over HTTP, on connections that stay open.
import { Agent, get } from 'node:http';
import { quantile } from '../statistics.ts';

export interface Latency {
  readonly name: string;
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** CPU milliseconds of gateway and PostgreSQL for each request; hardly depends on who else is there. */
  readonly cpuMs: number;
}

/** Asks for each of `urls` once, `atOnce` at a time. Anything but 200 is an error. `cpu`: milliseconds so far. */
export async function measureRequests(
  name: string,
  urls: readonly string[],
  { atOnce, cpu }: { atOnce: number; cpu: () => number },
): Promise<Latency> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const left = urls.values();
  const times: number[] = [];
  const cpuBefore = cpu();
  const started = performance.now();
  const client = async () => {
    for (const url of left) {
      const asked = performance.now();
      await ask(url, agent);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return {
    name,
    requests: times.length,
    perSecond: times.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
    cpuMs: (cpu() - cpuBefore) / times.length,
  };
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}
