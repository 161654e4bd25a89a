// The commands and their options as data: what --help prints and what shells complete. A command
// is a line here, a function in commands/ and its name in main.ts.
import { anyOf } from '#core/domain/any-of.ts';
import { features } from '#core/domain/features.ts';
import { layouts, modelChoices, priorities } from '#core/domain/options.ts';
import {
  type ResultFormat,
  resultFormatNames,
  resultFormats,
} from '#core/domain/results/formats.ts';
import { uploadStatuses } from '#core/domain/states.ts';

export interface Option {
  /** Absent: a switch. */
  readonly value?: string;
  readonly says: string;
  readonly choices?: readonly string[];
}

function explained(format: ResultFormat): string {
  if (format === 'text') return 'text (default)';
  return resultFormats[format].pictures ? `${format} (needs --out)` : format;
}

export const options = {
  url: { value: 'URL', says: 'the server (CRICKSY_URL; http://localhost:8080)' },
  json: { says: 'one JSON object a line on stdout' },
  help: { says: 'what the command does, with examples' },
  format: {
    value: 'FORMAT',
    says: anyOf(resultFormatNames.map(explained)),
    choices: resultFormatNames,
  },
  out: { value: 'DIR', says: 'one result file for each instead of stdout' },
  language: { value: 'CODE', says: 'installed Tesseract languages, like eng or eng+hin' },
  model: { value: 'MODEL', says: 'auto (default), fast or accurate', choices: modelChoices },
  layout: { value: 'LAYOUT', says: 'auto (default), table or line', choices: layouts },
  priority: { value: 'PRIORITY', says: 'interactive (default) or bulk', choices: priorities },
  game: { value: 'ID', says: 'of the game, stored with the upload' },
  user: { value: 'ID', says: 'of the user, stored with the upload' },
  timeout: { value: 'SECONDS', says: 'wait no longer for all of it; the uploads go on' },
  'time-limit': { value: 'SECONDS', says: 'that the engine may take for each' },
  pool: { value: 'NAME', says: 'whose workers are to read them, or are asked about' },
  status: { value: 'STATUS', says: 'only these', choices: uploadStatuses },
  limit: { value: 'N', says: 'this many at most (50 uploads, 5 tasks of each pool)' },
  confirm: { says: 'a person has looked at it; nothing is applied or adopted without' },
  data: { value: 'FILE', says: 'JSON with what the person has corrected' },
  cursor: { value: 'CURSOR', says: 'after this event, which an earlier one ended with' },
  by: { value: 'NAME', says: 'who does it (the user of this command line)' },
  reason: { value: 'TEXT', says: 'why, for those who ask later' },
  seconds: { value: 'N', says: 'after which it ends by itself (900)' },
  wait: { says: 'return when the worker holds nothing any more' },
  version: { value: 'N', says: 'that was reviewed; refused when there is a newer one' },
} as const satisfies Record<string, Option>;
export type OptionName = keyof typeof options;

/** Of every command. */
export const commonOptions: readonly OptionName[] = ['url', 'json', 'help'];

export interface CommandInfo {
  readonly says: string;
  /** In brackets: not needed. */
  readonly operands: string;
  /** What an operand may be, when it is one of a few words. */
  readonly choices?: readonly string[];
  readonly options: readonly OptionName[];
  readonly examples: readonly string[];
}

const reading: readonly OptionName[] = ['language', 'model', 'layout', 'priority'];
const id = '0b7e5a4e-6f0d-4f0e-9c53-2f1b9a7f6d10';

export const catalogue = {
  scan: {
    says: 'upload, wait, print what was read',
    operands: 'FILE...',
    options: ['format', 'out', ...reading, 'game', 'user', 'timeout'],
    examples: [
      'scan card.jpg',
      'scan --format pdf --out read *.jpg',
      'scan --layout table --json card.png',
    ],
  },
  result: {
    says: 'print what was read of uploads',
    operands: 'ID...',
    options: ['format', 'out'],
    examples: [`result ${id}`, `result --format alto --out read ${id}`],
  },
  status: {
    says: 'where uploads are',
    operands: 'ID...',
    options: [],
    examples: [`status ${id}`, `status --json ${id}`],
  },
  list: {
    says: 'uploads from new to old',
    operands: '',
    options: ['status', 'game', 'user', 'limit'],
    examples: ['list --status parsed', 'list --game game-7 --limit 500 --json'],
  },
  events: {
    says: 'what happens, live, until Ctrl-C',
    operands: '[ID]',
    options: ['cursor', 'timeout'],
    examples: ['events', `events ${id} --json`, 'events --cursor ZTEy'],
  },
  apply: {
    says: 'accept what was read, after a review',
    operands: 'ID...',
    options: ['confirm', 'data', 'version'],
    examples: [`apply --confirm ${id}`, `apply --confirm --data corrected.json --version 5 ${id}`],
  },
  cancel: {
    says: 'stop reading uploads',
    operands: 'ID...',
    options: [],
    examples: [`cancel ${id}`],
  },
  retry: {
    says: 'read failed uploads once more',
    operands: 'ID...',
    options: [...reading, 'time-limit', 'pool'],
    examples: [`retry ${id}`, `retry --language eng+hin --time-limit 600 ${id}`],
  },
  inspect: {
    says: 'what is in the hands of the workers: who answers, what is read, what comes next',
    operands: 'ping|active|reserved|scheduled|stats',
    choices: ['ping', 'active', 'reserved', 'scheduled', 'stats'],
    options: [],
    examples: ['inspect ping', 'inspect active --json'],
  },
  workers: {
    says: 'the workers: state, slots, engine, version',
    operands: '',
    options: [],
    examples: ['workers', 'workers --json'],
  },
  queue: {
    says: 'how much work each pool has, where it is, what is next',
    operands: '',
    options: ['limit'],
    examples: ['queue', 'queue --limit 20 --json'],
  },
  pause: {
    says: 'dispatch nothing, to one pool or to any',
    operands: '[POOL]',
    options: ['by', 'reason'],
    examples: ["pause --reason 'new disks'", 'pause bulk'],
  },
  resume: {
    says: 'dispatch again what was paused',
    operands: '[POOL]',
    options: ['by', 'reason'],
    examples: ['resume', 'resume bulk'],
  },
  drain: {
    says: 'let a worker finish what it holds and take no more',
    operands: 'WORKER',
    options: ['by', 'reason', 'seconds', 'wait', 'timeout'],
    examples: ['drain worker-1', 'drain worker-1 --seconds 3600 --wait'],
  },
  undrain: {
    says: 'let a drained worker take work again',
    operands: 'WORKER',
    options: [],
    examples: ['undrain worker-1'],
  },
  switch: {
    says: 'show what is on, or switch it for all gateways at once',
    operands: '[FEATURE on|off]',
    choices: features,
    options: ['by', 'reason'],
    examples: ['switch', "switch uploads off --reason 'the disks are full'", 'switch ocr on'],
  },
  autoscaler: {
    says: 'why there are as many workers as there are, and what was decided',
    operands: 'why|status|decisions',
    choices: ['why', 'status', 'decisions'],
    options: ['pool', 'limit'],
    examples: [
      'autoscaler why',
      'autoscaler status --json',
      'autoscaler decisions --pool default --limit 20',
    ],
  },
  adopt: {
    says: 'make uploads again of what the store holds and a restored database does not know',
    operands: '',
    options: ['confirm', 'timeout'],
    examples: ['adopt', 'adopt --confirm'],
  },
  doctor: {
    says: 'check the server and all behind it, say how to mend it',
    operands: '',
    options: [],
    examples: ['doctor', 'doctor --url https://ocr.example.org'],
  },
  completion: {
    says: 'a script that completes commands in a shell',
    operands: 'bash|zsh|fish',
    choices: ['bash', 'zsh', 'fish'],
    options: [],
    examples: [
      'completion bash >> ~/.bashrc',
      'completion fish > ~/.config/fish/completions/cricksy-ocr.fish',
    ],
  },
} as const satisfies Record<string, CommandInfo>;
export type CommandName = keyof typeof catalogue;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(catalogue, name);
}
