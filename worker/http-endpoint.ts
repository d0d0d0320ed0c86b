import { createServer, type Server } from 'node:http';

/** The response to a GET of each path. */
export type Answers = Readonly<Record<string, () => Promise<Answer>>>;

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly answers: Answers;
}

/** Serves a worker's status, by path and without authentication: it holds no secret. */
export async function serveHttp({ host, port, answers }: HttpOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer === undefined) {
      response.writeHead(404).end();
      return;
    }
    answer().then(
      ({ status, contentType, body }) =>
        response.writeHead(status, { 'content-type': contentType }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return server;
}
