// A process with many listeners of the live events: tells its parent when all are connected, and
// when every one of them has received as many events as were announced.
import { WebSocket } from 'ws';

const [, , url = '', count = '0', expected = '0'] = process.argv;
const listeners = Number(count);
const events = Number(expected);
let connected = 0;
let done = 0;

for (let n = 0; n < listeners; n++) {
  const socket = new WebSocket(url);
  let seen = 0;
  socket.on('message', (data) => {
    // Without parsing: what is measured is the gateway.
    if ((data as Buffer).subarray(0, 30).includes('"hello"')) {
      connected++;
      if (connected === listeners) process.send?.('connected');
      return;
    }
    seen++;
    if (seen !== events) return;
    done++;
    if (done === listeners) process.send?.('done');
  });
  socket.on('close', (code, reason) => process.send?.(`closed ${code} ${reason}`));
  socket.on('error', (error) => process.send?.(`failed ${error.message}`));
}
process.on('disconnect', () => process.exit());
