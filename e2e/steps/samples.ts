import assert from 'node:assert/strict';
import { once } from 'node:events';
import { eventually, resultText, send, until } from '../../services/testing/client.ts';
import { fixture, printText, scannedPdf } from '../../services/testing/fixtures.ts';
import { throughGateway, type World } from '../world.ts';

interface Sample {
  readonly file: string;
  readonly contentType: string;
  /** What is printed in it. */
  readonly truth: RegExp;
}

const all: readonly Sample[] = [
  { file: 'word.jpg', contentType: 'image/jpeg', truth: /^Tesseract\.js\s*$/ },
  {
    file: 'print.png',
    contentType: 'image/png',
    truth: new RegExp(`^${printText.trimEnd()}\\s*$`),
  },
  { file: 'receipt.jpg', contentType: 'image/jpeg', truth: /Triple Six Point Enterprise/ },
  { file: 'scorecard.jpg', contentType: 'image/jpeg', truth: /IRELAND[\s\S]*Porterfield/ },
  { file: 'scorecard.pdf', contentType: 'application/pdf', truth: /Africa XI v Asia XI/ },
];
const pages = 4;

export async function samples(world: World): Promise<void> {
  await throughGateway(world, async (api) => {
    for (const { file, contentType, truth } of all) {
      const id = await send(api, { filename: file, contentType, bytes: fixture(file) });
      await until(api, id, 'parsed');
      assert.match(await resultText(api, id), truth, file);
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
