import { createServer, type Server } from 'node:http';
import { jsonForTerminals } from '../tenancy/redact.js';

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  /** Resolves when all is well; throws the reason when not. */
  readonly check: () => Promise<void>;
}

/** Answers `GET /health` with 200 when the worker takes work and reaches its catalog, and with 503 and why when not. */
export async function serveHealth({ host, port, check }: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    check().then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}'),
      (error: unknown) =>
        response
          .writeHead(503, { 'content-type': 'application/json' })
          .end(
            jsonForTerminals({ status: 'unfit', reason: error instanceof Error ? error.message : 'unknown' }),
          ),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return server;
}
