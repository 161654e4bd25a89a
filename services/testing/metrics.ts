// Metrics as Prometheus would read them: each series with its labels, and its value.

export interface Exposition {
  /** By name and labels as they are written: `name{label="value"}`. */
  readonly series: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
  /** Sum over all series of the name that have these labels, or undefined when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

export async function scrape(url: string): Promise<Exposition> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`${url}/metrics: ${response.status}`);
  return parseExposition(await response.text());
}

export function parseExposition(text: string): Exposition {
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name) types.set(name, type);
    if (line === '' || line.startsWith('#')) continue;
    const end = line.lastIndexOf(' ');
    series.set(line.slice(0, end), Number(line.slice(end + 1)));
  }
  return {
    series,
    types,
    value(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const found = [...series].filter(([key]) => {
        const { name: own, labels: has } = partsOf(key);
        return own === name && wanted.every((label) => has.includes(label));
      });
      return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
    },
  };
}

/** `name` and its `label="value"` pairs. */
export function partsOf(series: string): { name: string; labels: string[] } {
  const [, name = '', labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(series) ?? [];
  return { name, labels: labels.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? [] };
}
