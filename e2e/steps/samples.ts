import assert from 'node:assert/strict';
import { once } from 'node:events';
import { score } from '../../bench/score.ts';
import { eventually, resultText, send, until } from '../../services/testing/client.ts';
import { fixture, printText, scannedPdf } from '../../services/testing/fixtures.ts';
import { throughGateway, type World } from '../world.ts';

interface Sample {
  readonly file: string;
  readonly contentType: string;
  /** What stands in it; default: in the file of the same name and `.txt`. */
  readonly truth?: string;
  /** Least share of its words, as F1: a little less than is read today. */
  readonly words: number;
}

const all: readonly Sample[] = [
  { file: 'word.jpg', contentType: 'image/jpeg', truth: 'Tesseract.js', words: 1 },
  { file: 'print.png', contentType: 'image/png', truth: printText, words: 1 },
  { file: 'receipt.jpg', contentType: 'image/jpeg', words: 0.7 },
  { file: 'scorecard.jpg', contentType: 'image/jpeg', words: 0.8 },
  { file: 'scorecard.pdf', contentType: 'application/pdf', words: 1 },
];
const pages = 4;

export async function samples(world: World): Promise<void> {
  await throughGateway(world, async (api) => {
    for (const { file, contentType, truth = fixture(`${file}.txt`).toString(), words } of all) {
      const id = await send(api, { filename: file, contentType, bytes: fixture(file) });
      await until(api, id, 'parsed');
      const { wordF1 } = score(await resultText(api, id), truth);
      assert.ok(wordF1 >= words, `${file}: ${wordF1} of the words, not ${words}`);
    }
    await longPdf(api);
  });
}

async function longPdf(api: string): Promise<void> {
  const heard: string[] = [];
  const socket = new WebSocket(`${api.replace('http', 'ws')}/api/events`);
  await once(socket, 'open');
  const contentType = 'application/pdf';
  const id = await send(api, { filename: 'book.pdf', contentType, bytes: scannedPdf(pages) });
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; upload_id?: string };
    if (message.upload_id === id) heard.push(message.type);
  });
  await until(api, id, 'parsed');
  await eventually(async () => (heard.includes('upload.parsed') ? heard : undefined));
  socket.close();
  const text = await resultText(api, id);
  assert.equal(text.match(/Triple Six Point Enterprise/g)?.length, pages);
}
