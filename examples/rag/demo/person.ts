import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Account {
  readonly workspace: string;
  readonly email: string;
  readonly password: string;
}

export interface Answer {
  /** As a person reads it, each citation as `[1]`. */
  readonly text: string;
  readonly isFound: boolean;
  /** The documents of its passages, the best first. */
  readonly sources: readonly string[];
}

/** A person with a browser: it keeps cookies, and sends what a form of the last page holds. */
export class Person {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  #formToken = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Signs up, and waits until the workspace is open. */
  async signUp(account: Account): Promise<void> {
    await this.#open('/sign-up');
    await this.#post('/sign-up', new URLSearchParams({ form: this.#formToken, ...account }));
    await this.#follow('/setting-up/progress');
    await this.#open('/');
  }

  /** Uploads every file of a folder, and waits until all are searchable. */
  async upload(folder: string): Promise<void> {
    await this.#open('/documents/new');
    const form = new FormData();
    // Before the files, as in the page: the server reads it first.
    form.append('form', this.#formToken);
    for (const name of (await readdir(folder)).toSorted())
      form.append('files', new File([new Uint8Array(await readFile(path.join(folder, name)))], name));
    await this.#post('/documents', form);
    await this.#follow('/documents/progress');
    const page = await this.#open('/documents');
    if (page.includes('class="state bad"')) throw new Error(`a document of ${folder} was not taken`);
  }

  async ask(question: string): Promise<Answer> {
    await this.#open('/');
    const page = await this.#post('/ask', new URLSearchParams({ form: this.#formToken, question }));
    const article = /<article class="answer-text"[^>]*>([\s\S]*?)<\/article>/.exec(page)?.[1];
    if (article === undefined) throw new Error('the page has no answer');
    return {
      text: textOf(article.replace(/<a class="cite"[^>]*>(\d+)<\/a>/g, '[$1]')),
      isFound: article.includes('id="written"'),
      sources: [...page.matchAll(/<span class="source-title">([^<]*)/g)].map(([, title = '']) =>
        textOf(title),
      ),
    };
  }

  /** Reads events until the server ends them. */
  async #follow(route: string): Promise<void> {
    await (await this.#send(route, { headers: { accept: 'text/event-stream' } })).text();
  }

  async #open(route: string): Promise<string> {
    return this.#read(await this.#send(route, {}));
  }

  async #post(route: string, body: URLSearchParams | FormData): Promise<string> {
    const reply = await this.#send(route, { method: 'POST', body });
    const next = reply.headers.get('location');
    return next === null ? this.#read(reply) : this.#open(next);
  }

  async #read(reply: Response): Promise<string> {
    const page = await reply.text();
    this.#formToken = /name="form" value="([^"]+)"/.exec(page)?.[1] ?? this.#formToken;
    return page;
  }

  async #send(route: string, request: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await fetch(new URL(route, this.#origin), {
      ...request,
      redirect: 'manual',
      headers: { accept: 'text/html', origin: this.#origin, cookie, ...request.headers },
    });
    for (const each of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      this.#cookies.set(name, value);
    }
    if (reply.status >= 400)
      throw new Error(`${route} was answered ${reply.status}: ${textOf(await reply.text())}`);
    return reply;
  }
}

function textOf(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => characters[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}

const characters: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  amp: '&',
};
