import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDisplay } from './display.ts';

function createTerminal(isTTY: boolean) {
  let written = '';
  return {
    terminal: { isTTY, columns: 40, write: (text: string) => (written += text) },
    written: () => written,
  };
}

/** What is on the screen after the terminal has obeyed "up N lines, clear below". */
function screenOf(written: string): string[] {
  const lines: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  for (const [part, up] of written.matchAll(/\x1b\[(\d+)A\x1b\[0J|[^\x1b\n]*\n/g)) {
    if (up) lines.splice(-Number(up));
    else lines.push(part.trimEnd());
  }
  return lines;
}

describe('in a pipe', () => {
  test('every step is one plain line, percentages are none', () => {
    const { terminal, written } = createTerminal(false);
    const display = createDisplay(terminal);
    display.show('a.pdf', 'reading page 1 of 2, 10 %');
    display.show('a.pdf', 'reading page 1 of 2, 90 %');
    display.show('a.pdf', 'reading page 2 of 2');
    display.finish('a.pdf', 'read: 2 pages');
    assert.equal(
      written(),
      'a.pdf: reading page 1 of 2\na.pdf: reading page 2 of 2\na.pdf: read: 2 pages\n',
    );
  });
});

describe('on a terminal', () => {
  test('each file has one line that changes, finished ones stay above', () => {
    const { terminal, written } = createTerminal(true);
    const display = createDisplay(terminal);
    display.show('a.jpg', 'sending');
    display.show('b.jpg', 'sending');
    display.show('a.jpg', 'reading, 40 %');
    assert.deepEqual(screenOf(written()), ['a.jpg  reading, 40 %', 'b.jpg  sending']);
    display.finish('b.jpg', 'refused');
    display.note('waiting 3 s');
    assert.deepEqual(screenOf(written()), [
      'b.jpg  refused',
      'waiting 3 s',
      'a.jpg  reading, 40 %',
    ]);
  });

  test('a line that changes never wraps and keeps its state, one that stays is whole', () => {
    const { terminal, written } = createTerminal(true);
    const display = createDisplay(terminal);
    const long = `${'folder/'.repeat(10)}card.jpg`;
    display.show(long, 'reading, 40 %');
    const [line = ''] = screenOf(written());
    assert.match(line, /^….*\/card\.jpg {2}reading, 40 %$/);
    assert.equal(line.length, 39);
    display.finish(long, 'read');
    assert.deepEqual(screenOf(written()), [`${long}  read`]);
  });

  test('a terminal that does not know its width is taken for one of 80 columns', () => {
    const { terminal, written } = createTerminal(true);
    const display = createDisplay({ ...terminal, columns: 0 });
    display.show('a.pdf', 'reading page 1 of 6, 25 %');
    assert.deepEqual(screenOf(written()), ['a.pdf  reading page 1 of 6, 25 %']);
  });
});
