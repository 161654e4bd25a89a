// What the documentation names is there: commands with their options, settings, calls, make targets, pages.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  type CommandInfo,
  catalogue,
  commonOptions,
  isCommand,
  options,
} from '../../cli/catalogue.ts';
import { apiRoutes, type RouteDependencies } from '../../gateway/routes.ts';
import { code, page, pages, root } from './pages.ts';

const all = pages();

describe('commands', () => {
  for (const { file, text } of all) {
    const named = code(text).flatMap(commandsIn);
    if (named.length === 0) continue;
    test(`of ${file}`, () => {
      for (const words of named) assert.equal(mistakeOf(words), undefined, words.join(' '));
    });
  }

  test('are found where they are, and mistakes seen', () => {
    assert.deepEqual(commandsIn('K=1 bin/cricksy-ocr scan --out "a b" x.jpg | cat'), [
      ['scan', '--out', 'a b', 'x.jpg'],
    ]);
    // As runbooks call it.
    assert.deepEqual(commandsIn('ocr retry $(ocr list)'), [['retry'], ['list']]);
    assert.deepEqual(commandsIn('image cricksy-ocr-worker'), []);
    assert.equal(mistakeOf(['scan', '--out', 'read', 'x.jpg']), undefined);
    assert.match(mistakeOf(['scann']) ?? '', /no command/);
    assert.match(mistakeOf(['scan', '--cursor', 'x']) ?? '', /no option/);
    assert.match(mistakeOf(['scan', '--format', 'doc']) ?? '', /is no value/);
    assert.match(mistakeOf(['inspect', 'ping|pong']) ?? '', /pong/);
    assert.match(mistakeOf(['setup', 'house']) ?? '', /house/);
  });
});

/** Words of each `cricksy-ocr ...` in a piece of code, as far as it goes. */
function commandsIn(piece: string): string[][] {
  return [
    ...piece.matchAll(/(?:(?:^|\$\()ocr|(?:^|[\s/(])cricksy-ocr) ((?:(?!\$\()[^`])*)/g),
  ].flatMap(([, rest = '']) => {
    const [line = ''] = rest.split(/ (?:\||\|\||&&|>|>>|#) |[;)]|$/);
    const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
    const said = words.map(([, a, b, c]) => a ?? b ?? c ?? '');
    // Also the name of a chart, and of an image's program.
    return /^(--)?[a-z][a-z-]*$/.test(said[0] ?? '') ? [said] : [];
  });
}

const setupParts = ['database', 'bucket', 'store-backup', 'fetch-backup'];

function mistakeOf([name = '', ...words]: readonly string[]): string | undefined {
  if (name.startsWith('--')) return undefined;
  if (name === 'setup') return mistakeOfSetup(words);
  if (name === 'help') return undefined;
  if (!isCommand(name)) return `there is no command ${name}`;
  const info: CommandInfo = catalogue[name];
  const known = new Map(Object.entries(options));
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('--')) {
      operands.push(word);
      continue;
    }
    const option = word.slice(2);
    const own: readonly string[] = [...info.options, ...commonOptions];
    if (!own.includes(option)) return `${name} has no option ${word}`;
    const { value, choices } = known.get(option) as { value?: string; choices?: readonly string[] };
    if (value === undefined) continue;
    const given = words[++at] ?? '';
    if (choices && !choices.includes(given)) return `${given} is no value of ${word}`;
  }
  const wrong = operands[0]?.split('|').find((one) => info.choices && !info.choices.includes(one));
  return wrong && `${name} knows no ${wrong}`;
}

function mistakeOfSetup(words: readonly string[]): string | undefined {
  const parts = words.filter((word, at) => word !== '--wait' && words[at - 1] !== '--wait');
  const wrong = parts.flatMap((part) => part.split('|')).find((part) => !setupParts.includes(part));
  return wrong && `setup knows no ${wrong}`;
}

describe('variables', () => {
  /** Of the first form: named to say what they are now. */
  const former = [
    'CRICKSY_CELERY_BROKER_URL',
    'CRICKSY_CELERY_RESULT_BACKEND',
    'CRICKSY_LOG_LEVEL',
    'CRICKSY_PRESIGNED_EXPIRY',
    'CRICKSY_REDIS_URL',
    'CRICKSY_USE_REDIS_ADAPTER',
  ];
  const known = new Set<string>(
    [
      ...globSync('{services,bench,e2e,bin,monitoring}/**/*', { cwd: root, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('testing/docs'))
        .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8')),
      page('Makefile'),
      page('k8s/alternatives/compose.yaml'),
    ].flatMap((source) => source.match(/\bCRICKSY_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []),
  );

  for (const { file, text } of all) {
    test(`of ${file}`, () => {
      const named = new Set(text.match(/\bCRICKSY_[A-Z0-9_]*[A-Z0-9]\b(?![_*])/g));
      const unknown = [...named].filter(
        (name) =>
          !known.has(name.replace(/_FILE$/, '')) && !known.has(name) && !former.includes(name),
      );
      assert.deepEqual(unknown, []);
    });
  }

  test('of the first form are gone', () => {
    assert.deepEqual(
      former.filter((name) => known.has(name)),
      [],
    );
  });
});

describe('calls', () => {
  // No route is called: only the table of contents is read.
  const routes = apiRoutes({ limits: [] } as unknown as RouteDependencies);
  const patterns = [
    ...routes.map(({ path, method }) => `${method} ${path}`),
    'get /api/openapi.json',
  ];
  const existing = new Set(patterns.map((call) => call.replaceAll(/:\w+/g, '*')));

  for (const { file, text } of all) {
    const named = code(text).flatMap((piece) => [
      ...piece.matchAll(/\b(GET|POST|PUT|DELETE) (\/api\/[^\s?`'"]+)/g),
    ]);
    if (named.length === 0) continue;
    test(`of ${file}`, () => {
      for (const [call, method = '', address = ''] of named) {
        const pattern = `${method.toLowerCase()} ${address.replaceAll(/\{\w+\}|:\w+/g, '*')}`;
        const some = [...existing].some((one) => matches(one, pattern));
        assert.ok(some, `${call} is no call of ours`);
      }
    });
  }

  /** A word of the documentation may stand for a parameter. */
  function matches(route: string, named: string): boolean {
    const [ours, theirs] = [route.split('/'), named.split('/')];
    return (
      ours.length === theirs.length && ours.every((part, at) => part === '*' || part === theirs[at])
    );
  }
});

test('make targets are there', () => {
  const targets = new Set(
    [...page('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map((match) => match[1]),
  );
  for (const { file, text } of all) {
    for (const piece of code(text)) {
      const [, target] = /^(?:[A-Z_]+=\S+ )*make ([a-z][a-z0-9-]*)/.exec(piece) ?? [];
      if (target) assert.ok(targets.has(target), `${file}: make ${target}`);
    }
  }
});

describe('links', () => {
  for (const { file, text } of all) {
    test(`of ${file} lead somewhere`, () => {
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [to = '', anchor] = target.split('#');
        const found = to === '' ? file : path.join(path.dirname(file), to);
        assert.ok(existsSync(path.join(root, found)), `${target} is not there`);
        if (anchor)
          assert.ok(anchorsOf(page(found)).includes(anchor), `${target} has no such heading`);
      }
    });
  }

  /** As GitHub makes them of headings. */
  function anchorsOf(text: string): string[] {
    return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
});
