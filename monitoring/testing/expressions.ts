// Every expression that stands in the generated files, as Prometheus is asked it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dashboards } from '../generated.ts';
import { chart, type Group } from '../rules.ts';

export interface Expression {
  /** Where it stands. */
  readonly in: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Of the JSON files; what a reader chooses is `All`, what Grafana fills in are short windows. */
export function ofDashboards(): Expression[] {
  return Object.keys(dashboards).flatMap((name) =>
    panelsOf(name).flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ in: `${name}: ${title}`, expr: asAsked(expr) })),
    ),
  );
}

export function panelsOf(name: string): Panel[] {
  const text = readFileSync(path.join(chart, `dashboards/${name}.json`), 'utf8');
  return (JSON.parse(text) as { panels: Panel[] }).panels.filter(({ type }) => type !== 'row');
}

export function asAsked(expr: string): string {
  return expr
    .replaceAll(/\$(namespace|release|pool)\b/g, '.*')
    .replaceAll('$__rate_interval', '30s');
}

export function ofRules(groups: readonly Group[]): Expression[] {
  return groups.flatMap(({ rules }) =>
    rules.map((rule) => ({ in: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
  );
}

/** `name{matchers}`, each once: what has to be there, whatever is made of it. */
export function selectorsOf(expr: string): string[] {
  return [...new Set([...expr.matchAll(/[a-z_:]\w*(?::\w+)*\{[^}]*\}/g)].map(([one]) => one))];
}
