import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serve } from '../fixture.ts';
import { createAuth } from '../middleware/auth.ts';

describe('the reference', () => {
  test('comes with everything it names, from here and without a token', async (t) => {
    const { url } = await serve(t, { auth: createAuth('a-secret-token') });
    const page = await fetch(`${url}/docs`);
    assert.deepEqual(
      [page.status, page.headers.get('content-type')],
      [200, 'text/html; charset=utf-8'],
    );
    const html = await page.text();
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name ?? '');
    assert.equal(named.length, 4);
    for (const name of named) {
      const answer = await fetch(new URL(name, page.url));
      assert.equal(answer.status, 200, name);
      const type = name.endsWith('.css') ? /^text\/css/ : /^text\/javascript/;
      assert.match(answer.headers.get('content-type') ?? '', type);
      assert.ok((await answer.arrayBuffer()).byteLength > 100, name);
    }
    assert.equal((await fetch(`${url}/api/openapi.json`)).status, 401);
  });

  test('may run nothing but its own files', async (t) => {
    const { url } = await serve(t, {});
    const answer = await fetch(`${url}/docs`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(await answer.text(), /<script>|<style|style=|\son\w+=/);
  });

  test('serves no other file', async (t) => {
    const { url } = await serve(t, {});
    for (const name of ['docs.ts', 'package.json', '..%2fmain.ts', 'swagger-ui.js.map']) {
      assert.equal((await fetch(`${url}/docs/${name}`)).status, 404, name);
    }
    assert.equal((await fetch(`${url}/docs/`)).url, `${url}/docs`);
  });
});
