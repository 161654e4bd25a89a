// Files that are neither JPEG, PNG nor PDF, from announcing them to looking at their pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import {
  detailOf,
  expectProblem,
  initiate,
  post,
  put,
  resultText,
  send,
  until,
} from '../client.ts';
import { fixture } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';
import { makeTiff, type TiffPage } from '../tiff.ts';

let system: System;
let api = '';

before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

async function receipt(): Promise<TiffPage> {
  const image = sharp(fixture('receipt.jpg')).greyscale().raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, grey: data };
}

test('a long TIFF is shared out among tasks, with a picture of every page', async () => {
  const bytes = makeTiff(new Array<TiffPage>(12).fill(await receipt()));
  const id = await send(api, { filename: 'fax.tif', contentType: 'image/tiff', bytes });
  const parsed = await until(api, id, 'parsed');
  assert.deepEqual([parsed.page_count, parsed.pages_done, parsed.pages_failed], [12, 12, 0]);
  const { attempts_log } = await detailOf(api, id);
  assert.ok(new Set(attempts_log.map((attempt) => attempt.task_id)).size > 1);
  assert.equal((await resultText(api, id)).match(/Triple Six Point/g)?.length, 12);
  const preview = await fetch(`${api}/api/uploads/${id}/pages/12/preview`);
  assert.deepEqual([preview.status, preview.headers.get('content-type')], [200, 'image/jpeg']);
});

test('a WebP is read', async () => {
  const bytes = await sharp(fixture('print.png')).webp().toBuffer();
  const id = await send(api, { filename: 'card.webp', contentType: 'image/webp', bytes });
  await until(api, id, 'parsed');
  assert.match(await resultText(api, id), /This is a lot of 12 point text/);
});

test('an HEIC photo is refused with what to do about it, however it is declared', async () => {
  const announced = { filename: 'IMG_1.HEIC', content_type: 'image/heic' };
  const first = await expectProblem(
    post(`${api}/api/uploads/initiate`, announced),
    415,
    'upload.unsupported_type',
  );
  assert.match(first.detail, /Most Compatible.*JPEG/);
  const { upload_id, presigned_url } = await initiate(api, { contentType: 'image/jpeg' });
  await put(presigned_url, Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'));
  const second = await expectProblem(
    post(`${api}/api/uploads/${upload_id}/complete`),
    415,
    'upload.unsupported_type',
  );
  assert.match(second.detail, /Most Compatible.*JPEG/);
});

test('a TIFF that is declared as something else is refused by its first bytes', async () => {
  const { upload_id, presigned_url } = await initiate(api, { contentType: 'image/jpeg' });
  await put(presigned_url, makeTiff([{ width: 1, height: 1 }]));
  await expectProblem(
    post(`${api}/api/uploads/${upload_id}/complete`),
    422,
    'upload.type_mismatch',
  );
});
