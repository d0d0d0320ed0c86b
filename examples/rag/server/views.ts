import path from 'node:path';
import { Eta } from 'eta';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { format } from './format.js';
import { waitWords } from './wait-words.js';

declare module 'fastify' {
  interface FastifyReply {
    /** Sends a page of `pages/`, in the frame that all have. */
    page(name: string, title: string, data?: object): FastifyReply;
  }
}

const eta = new Eta({
  views: path.join(import.meta.dirname, '..', 'pages'),
  cache: true,
  autoEscape: true,
  autoTrim: ['nl', 'nl'],
});

/** A piece of a page, for a script that puts it where it belongs. Everything in it is escaped as in a page. */
export function fragment(name: string, data: object): string {
  return eta.render(`./${name}`, { format, waitWords, ...data });
}

export function addViews(app: FastifyInstance, brand: string): void {
  app.decorateReply('page', function (this: FastifyReply, name: string, title: string, data: object = {}) {
    const { session, formToken, url } = this.request;
    const [address = '/'] = url.split('?');
    const frame = { brand, title, session, formToken, address, format, waitWords };
    return this.type('text/html; charset=utf-8').send(eta.render(`./${name}`, { ...frame, ...data }));
  });
}
