// The tables and targets of the comparison.
import type { Report, Table } from '../report.ts';
import { format, type Target } from '../targets.ts';
import type { ScenarioResult, Summary } from './scenario.ts';

/** CPU per upload, ours over the peer's. */
const cpuTargets: Record<string, number> = { tiny: 0.25, snippet: 0.6, receipt: 0.75, page: 0.85 };
const total = 'cpu_ms_per_doc_total';
const overhead = 'cpu_ms_per_doc_overhead';
const duration = 'total_p50_ms';
const requests = 'requests_per_s';

export function describe(
  results: readonly ScenarioResult[],
  memory: { readonly ours: number; readonly peer: number } | undefined,
  /** CPU less engine processes, ours over the peer's. */
  wanted: { readonly overhead: number },
): Pick<Report, 'tables' | 'targets' | 'raw'> {
  const uploads = results.filter(({ scenario }) => !scenario.name.startsWith('api'));
  const api = results.filter(({ scenario }) => scenario.name.startsWith('api'));
  return {
    tables: [
      tableOf('CPU ms per upload, all processes', uploads, total),
      tableOf('CPU ms per upload less what the stages of reading used', uploads, overhead),
      {
        title: 'CPU ms per upload less engine processes',
        columns: ['', 'ours', 'peer', 'ratio'],
        rows: uploads.map((one) => [
          one.scenario.title,
          format(middle(one.ours, total) - one.engineMs),
          format(middle(one.peer, overhead)),
          format(withoutEngines(one)),
        ]),
      },
      tableOf('From initiate to read, ms (median)', uploads, duration),
      tableOf('Requests per second, 50 connections', api, requests),
      {
        title: 'Memory of gateway, worker and slots (MiB, PSS)',
        columns: ['', 'ours', 'peer'],
        rows: memory ? [['after the uploads', format(memory.ours), format(memory.peer)]] : [],
      },
    ].filter(({ rows }) => rows.length > 0),
    targets: [
      ...uploads.flatMap(cpuTarget),
      ...uploads.flatMap((one) => overheadTarget(one, wanted.overhead)),
      ...uploads
        .filter(({ scenario }) => scenario.name === 'pdf')
        .map((one) => atMost('time of a 6-page PDF', ratio(one, duration), 0.5)),
      ...api.map(
        (one): Target => ({
          name: `${one.scenario.title} requests per second`,
          value: ratio(one, requests),
          unit: 'x',
          want: { atLeast: 2.5 },
        }),
      ),
      ...(memory ? [atMost('memory of gateway, worker, slots', memory.ours / memory.peer, 1)] : []),
    ],
    raw: { results, memory },
  };
}

function cpuTarget(one: ScenarioResult): Target[] {
  const wanted = cpuTargets[one.scenario.name];
  if (!wanted) return [];
  return [atMost(`CPU per upload, ${one.scenario.title}`, ratio(one, total), wanted)];
}

function overheadTarget(one: ScenarioResult, most: number): Target[] {
  if (!cpuTargets[one.scenario.name]) return [];
  return [atMost(`CPU less engine processes, ${one.scenario.title}`, withoutEngines(one), most)];
}

/** All of our processes but the engines, over all of the peer's but its Tesseract. */
function withoutEngines(one: ScenarioResult): number {
  return (middle(one.ours, total) - one.engineMs) / middle(one.peer, overhead);
}

function atMost(name: string, value: number, most: number): Target {
  return { name, value, unit: 'x', want: { atMost: most } };
}

function ratio({ ours, peer }: ScenarioResult, figure: string): number {
  return middle(ours, figure) / middle(peer, figure);
}

function middle(summary: Summary, figure: string): number {
  return summary[figure]?.median ?? Number.NaN;
}

function tableOf(title: string, results: readonly ScenarioResult[], figure: string): Table {
  const cell = (summary: Summary) => {
    const { median, min, max } = summary[figure] ?? { median: NaN, min: NaN, max: NaN };
    return `${format(median)} [${format(min)}..${format(max)}]`;
  };
  return {
    title,
    columns: ['', 'ours', 'peer', 'ratio'],
    rows: results.map((one) => [
      one.scenario.title,
      cell(one.ours),
      cell(one.peer),
      format(ratio(one, figure)),
    ]),
  };
}
