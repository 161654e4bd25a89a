// The reference in a browser: loads the description of the server that served this page, asks for a
// token when that wants one, and shows it to that server only.

/* global SwaggerUIBundle */

const description = new URL('../api/openapi.json', import.meta.url);
/** Until the tab is closed. */
const stored = 'cricksy-token';

const element = (id) => document.getElementById(id);

function authorised(headers = {}) {
  const token = sessionStorage.getItem(stored);
  return token ? { ...headers, authorization: `Bearer ${token}` } : headers;
}

async function open() {
  const answer = await fetch(description, { headers: authorised() });
  if (answer.status === 401) return askForToken();
  if (!answer.ok) throw new Error(`the description cannot be had: ${answer.status}`);
  element('access').hidden = true;
  SwaggerUIBundle({
    spec: await answer.json(),
    domNode: element('reference'),
    deepLinking: true,
    // Else it would be sent to a server of others.
    validatorUrl: null,
    requestInterceptor(request) {
      const own = new URL(request.url, location.href).origin === location.origin;
      return own ? { ...request, headers: authorised(request.headers) } : request;
    },
  });
}

function askForToken() {
  if (sessionStorage.getItem(stored)) element('refusal').textContent = 'That is not the token.';
  element('access').hidden = false;
  element('token').focus();
}

function start() {
  open().catch((error) => {
    element('failure').textContent = error.message;
    element('failure').hidden = false;
  });
}

element('access').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(stored, element('token').value);
  start();
});
start();
