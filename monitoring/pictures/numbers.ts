// Numbers as Grafana writes them, for the units that our panels use.
export function written(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 's':
      return duration(value);
    case 'percentunit':
      return `${rounded(100 * value)} %`;
    case 'bytes':
      return `${rounded(value / 1024 / 1024)} MiB`;
    case 'ops':
      return `${rounded(value)}/s`;
    default:
      return value >= 1e6 ? `${rounded(value / 1e6)} M` : rounded(value);
  }
}

function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1) return `${rounded(1_000 * seconds)} ms`;
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7_200) return `${rounded(seconds / 60)} min`;
  return `${rounded(seconds / 3_600)} h`;
}

/** Three digits that count. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** 0 and four or five round steps up to something above `most`. */
export function ticks(most: number, unit: string): number[] {
  const rough = (most || 1) / 4;
  const base = unit === 'bytes' ? 1024 * 1024 : 1;
  const power = base * 10 ** Math.floor(Math.log10(rough / base));
  const round = unit === 's' && rough > 10 ? minutes : [1, 2, 2.5, 5, 10].map((one) => one * power);
  const step = round.find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, n) => n * step);
}
const minutes = [15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800];
