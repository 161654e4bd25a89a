// What all dashboards have in common: variables, links to each other, the time they show.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { variables } from './variables.ts';

export interface Page {
  readonly uid: string;
  readonly title: string;
  /** The question that it answers. */
  readonly asks: string;
  /** Panels by the heading of their row, in order. */
  readonly rows: Readonly<Record<string, readonly Builder<Panel>[]>>;
}

export function dashboard({ uid, title, asks, rows }: Page): DashboardBuilder {
  const builder = new DashboardBuilder(`Cricksy OCR / ${title}`)
    .uid(uid)
    .description(asks)
    .tags(['cricksy-ocr'])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables(variables)
    .link(
      new DashboardLinkBuilder('Cricksy OCR')
        .type(DashboardLinkType.Dashboards)
        .tags(['cricksy-ocr'])
        .includeVars(true)
        .keepTime(true),
    );
  for (const [heading, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(heading));
    for (const panel of panels) builder.withPanel(panel);
  }
  return builder;
}
