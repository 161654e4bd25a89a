import { readLimits } from '../rules.ts';
import { dashboard } from './dashboard.ts';
import { graph, heatmap, stat } from './panels.ts';
import { elected, ofPool, ofRelease, perSecond, quantile, quantiles } from './queries.ts';
import { pool, release } from './variables.ts';

const limits = readLimits();
const toParsed = 'cricksy_ocr_time_to_parsed_seconds';
const failures = 'cricksy_ocr_upload_failures_total';
/** Codes that say that the file or the request is at fault. */
const theirs = 'code=~"(file|page|upload|language|model)[.].*"';
const ours = theirs.replace('=~', '!~');

const waiting = [
  stat({
    title: 'Oldest waiting task',
    says: 'How long the task that waits longest has waited. Red: somebody looks at a spinner. 0: nobody waits.',
    unit: 's',
    width: 4,
    limit: limits.oldestSeconds,
    expr: `max(cricksy_ocr_oldest_task_age_seconds{${ofPool('status=~"waiting|dispatched"')}})`,
  }),
  stat({
    title: 'Time to parsed, 90 of 100',
    says: 'From complete to readable words, for nine of ten uploads that were read lately.',
    unit: 's',
    width: 4,
    limit: limits.sloSeconds,
    noValue: 'none read',
    expr: quantile(0.9, toParsed, ''),
  }),
  stat({
    title: 'Depth',
    says: 'Tasks that are not finished: in the ledger, in the broker, with workers.',
    unit: 'short',
    width: 4,
    expr: `sum(${elected('cricksy_ocr_depth_tasks', 'namespace, release, pool, part', pool)})`,
  }),
  stat({
    title: 'Parsed per second',
    says: 'Uploads whose words can be read now.',
    unit: 'ops',
    width: 4,
    decimals: 2,
    expr: `sum(rate(cricksy_ocr_uploads_total{${ofRelease('status="parsed"')}}[$__rate_interval]))`,
  }),
  stat({
    title: 'Failed by us',
    says: 'Share of uploads that failed though the file was not at fault. Red: the alert CricksyUploadsFail is near.',
    unit: 'percentunit',
    width: 4,
    limit: limits.failedRatio,
    decimals: 1,
    noValue: 'none failed',
    expr: `sum(rate(${failures}{${ofRelease(ours)}}[$__rate_interval])) / sum(rate(cricksy_ocr_uploads_total{${ofRelease('status=~"parsed|failed"')}}[$__rate_interval]))`,
  }),
  stat({
    title: 'Set aside in 24 h',
    says: 'Uploads and pages that failed again and again (task.poison): somebody has to look at them.',
    unit: 'short',
    width: 4,
    limit: 1,
    decimals: 0,
    expr: `sum(increase(cricksy_ocr_poisoned_total{${release}}[24h]))`,
  }),
  graph({
    title: 'Time to parsed',
    says: 'From complete to readable words. The line is what we promise.',
    unit: 's',
    width: 8,
    limit: limits.sloSeconds,
    lines: quantiles(toParsed),
  }),
  graph({
    title: 'Depth',
    says: 'Where unfinished work is. backlog grows: too few workers. ready grows: they do not take it. unacknowledged alone: all is being read.',
    unit: 'short',
    width: 8,
    stacked: true,
    lines: {
      '{{part}}': `sum by (part) (${elected('cricksy_ocr_depth_tasks', 'namespace, release, pool, part', pool)})`,
    },
  }),
  graph({
    title: 'Oldest task',
    says: 'waiting or dispatched: nobody takes it. running: something is slow or hangs.',
    unit: 's',
    width: 8,
    lines: {
      '{{pool}} {{status}}': elected('cricksy_ocr_oldest_task_age_seconds', 'pool, status', pool),
    },
  }),
];

const traffic = [
  graph({
    title: 'Uploads by what they became',
    says: 'Moves to each status per second. uploaded and parsed should run side by side.',
    unit: 'ops',
    width: 8,
    lines: { '{{status}}': perSecond('cricksy_ocr_uploads_total', 'status') },
  }),
  graph({
    title: 'Failed uploads by code',
    says: 'file.*, page.*, upload.*: the file is at fault, nothing to mend here. All else is ours.',
    unit: 'ops',
    width: 8,
    stacked: true,
    noValue: 'none failed',
    lines: { '{{code}}': perSecond(failures, 'code') },
  }),
  heatmap({
    title: 'Time to parsed, how often',
    says: 'Two bands: small and large uploads. All of it rising: too few workers.',
    unit: 's',
    width: 8,
    expr: `sum by (le) (increase(${toParsed}_bucket{${release}}[$__rate_interval]))`,
  }),
];

const parts = [
  graph({
    title: 'Connections',
    says: 'Share of gateways and workers that reach each part. Below 1 for one part: look there; for all: the network.',
    unit: 'percentunit',
    width: 8,
    max: 1,
    lines: { '{{to}}': `avg by (to) (cricksy_ocr_connection_up{${release}})` },
  }),
  graph({
    title: 'Processes',
    says: 'Those that answer the scrape, and how many gateways are elected: it should be one.',
    unit: 'short',
    width: 8,
    lines: {
      '{{component}}': `sum by (component) (up{${ofRelease('component!=""')}})`,
      elected: `sum(cricksy_ocr_elected{${release}})`,
    },
  }),
  graph({
    title: 'Age of the newest backup',
    says: 'Only where backups go to the store.',
    unit: 's',
    width: 8,
    noValue: 'no backups',
    lines: {
      '{{release}}': `time() - ${elected('cricksy_ocr_last_backup_timestamp_seconds', 'namespace, release')}`,
    },
  }),
];

const http = 'cricksy_ocr_http_request_duration_seconds';
const requests = [
  graph({
    title: 'Requests by status',
    says: 'Per second. 5xx is ours, 429 a client above its rate, 499 one who left.',
    unit: 'ops',
    width: 8,
    stacked: true,
    lines: { '{{status}}': perSecond(`${http}_count`, 'status') },
  }),
  graph({
    title: 'Slowest routes, 95 of 100',
    says: 'PUTs last as long as the client takes to send.',
    unit: 's',
    width: 8,
    lines: { '{{method}} {{route}}': `topk(5, ${quantile(0.95, http, 'method, route')})` },
  }),
  graph({
    title: 'Lags',
    says: 'How late listeners are told, how late the broker gets work, 95 of 100.',
    unit: 's',
    width: 8,
    lines: {
      'event to listeners': quantile(0.95, 'cricksy_ocr_event_lag_seconds', ''),
      'due to broker': quantile(0.95, 'cricksy_ocr_relay_lag_seconds', '', pool),
    },
  }),
];

export const overview = dashboard({
  uid: 'cricksy-ocr-overview',
  title: 'Overview',
  asks: 'Are scorers waiting?',
  rows: {
    'Are scorers waiting?': waiting,
    'What comes and what becomes of it': traffic,
    'What we stand on': parts,
    Requests: requests,
  },
});
