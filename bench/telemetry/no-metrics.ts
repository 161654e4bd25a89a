// What there is of prom-client's interface in our code, and nothing behind it.
class Nothing {
  inc(): void {}
  dec(): void {}
  set(): void {}
  reset(): void {}
  remove(): void {}
  observe(): void {}
}

export { Nothing as Counter, Nothing as Gauge, Nothing as Histogram };

export class Registry {
  readonly contentType = 'text/plain';
  async metrics(): Promise<string> {
    return '';
  }
}

export function collectDefaultMetrics(): void {}
