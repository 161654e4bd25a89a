// A figure beside what it should be. A missed target is told as it is, with how much.

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly want: { readonly atLeast: number } | { readonly atMost: number };
}

export function isMet({ value, want }: Target): boolean {
  return 'atLeast' in want ? value >= want.atLeast : value <= want.atMost;
}

/** A row for a table: name, figure, target, verdict. */
export function targetRow(target: Target): string[] {
  const { name, value, unit, want } = target;
  const bound = 'atLeast' in want ? want.atLeast : want.atMost;
  const sign = 'atLeast' in want ? '>=' : '<=';
  const off = Math.round(Math.abs(value / bound - 1) * 100);
  const verdict = Number.isNaN(value)
    ? 'not measured'
    : isMet(target)
      ? 'met'
      : `missed by ${off} %`;
  return [name, `${format(value)} ${unit}`.trim(), `${sign} ${bound} ${unit}`.trim(), verdict];
}

export const targetColumns = ['target', 'measured', 'wanted', 'verdict'];

/** As many digits as a reader can use. */
export function format(value: number): string {
  if (Number.isNaN(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
