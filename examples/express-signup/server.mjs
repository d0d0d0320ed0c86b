// Sign-up for a product that gives every customer a Postgres of their own. No request waits for Neon: the sign-up answers
// 202 at once, and the page follows the steps.
import express from 'express';
import { connectTenantry, TenantNotFoundError, TenantryError } from 'tenantry/client';
import fleet from './tenantry.config.mjs';

const { tenantry, close } = await connectTenantry(fleet);
const app = express();
app.use(express.json());

// Asked twice, by an impatient user or a proxy that retries, it is the same run: nobody ever gets two projects.
app.post('/customers', async (request, response) => {
  const { tenantId: id } = await tenantry.start.onboard({ id: request.body?.id });
  const progress = `/customers/${encodeURIComponent(id)}/progress`;
  response.status(202).location(progress).json({ id, progress });
});

// Poll it, or stream it with `accept: text/event-stream`. Any process can answer: the run is not this one's.
app.get('/customers/:id/progress', async (request, response) => {
  const { id } = request.params;
  if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') return stream(id, response);
  const tenant = await tenantry.get(id);
  if (tenant === undefined) throw new TenantNotFoundError(id);
  response.json({ id, state: tenant.state, failure: tenant.failure?.message ?? null });
});

async function stream(id, response) {
  const operation = await tenantry.lastOperation(id);
  if (operation === undefined) throw new TenantNotFoundError(id);
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
  const send = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  for await (const { name, status, wait } of operation.progress()) {
    if (response.destroyed) return;
    send('step', { name, status, waits: wait?.reason ?? null });
  }
  const { state } = await tenantry.get(id);
  send('end', { state });
  response.end();
}

// The customer's database, as its own limited role, from a pool that follows rotations, moves and suspensions.
app.get('/customers/:id/notes', async (request, response) => {
  const pool = await tenantry.pool(request.params.id);
  response.json((await pool.query('select id, body from notes order by id')).rows);
});

app.post('/customers/:id/notes', async (request, response) => {
  const pool = await tenantry.pool(request.params.id);
  const insert = 'insert into notes (body) values ($1) returning id, body';
  response.status(201).json((await pool.query(insert, [request.body?.body])).rows[0]);
});

const statuses = { INVALID_TENANT_ID: 400, TENANT_NOT_FOUND: 404, TENANT_BUSY: 409, TENANT_NOT_READY: 503 };

app.use((error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const status = error instanceof TenantryError ? (statuses[error.code] ?? 500) : 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? 'internal error' : error.message });
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.once('SIGTERM', () => server.close(close));
