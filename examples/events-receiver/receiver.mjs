import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const { EVENTS_SECRET, PORT = '4000' } = process.env;
if (!EVENTS_SECRET) throw new Error('EVENTS_SECRET is not set: `tenantry events endpoint add` prints it');
const webhook = new Webhook(EVENTS_SECRET);

/** Ids of events that were taken. In earnest they are rows, written in the transaction of what the event brings about. */
const taken = new Set();
const longestBody = 1_000_000;

/** The event in a request; `undefined` where its signature is not the sender's, or older than five minutes. */
function verified(body, headers) {
  try {
    return webhook.verify(body, headers);
  } catch {
    return undefined;
  }
}

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > longestBody) return undefined;
    parts.push(part);
  }
  // The very bytes that were signed, never JSON that was parsed and written again.
  return Buffer.concat(parts).toString();
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  const event = body === undefined ? undefined : verified(body, request.headers);
  if (event === undefined) {
    response.writeHead(401).end();
    return;
  }
  const id = request.headers['webhook-id'];
  // The same event comes again after an answer that got lost, and when it is replayed.
  if (!taken.has(id)) {
    console.log(JSON.stringify({ id, ...event }));
    taken.add(id);
  }
  response.writeHead(204).end();
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
