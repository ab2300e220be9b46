import { Buffer } from 'node:buffer';
import { EnrichHttp, type EnrichHttpOptions } from '../../src/operators/enrich-http.ts';
import type { HttpAnswer, HttpClient } from '../../src/operators/http-answer.ts';
import { parseUrlTemplate } from '../../src/operators/url-template.ts';
import { cut, Piped, pipe } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

export const answer = (status: number, body = '', retryAfter?: string): HttpAnswer => ({
  status,
  retryAfter,
  body: Buffer.from(body),
});

/** A server as a function; it sees that no URL is asked for twice at once, and how many are. */
export class Server implements HttpClient {
  readonly asked: string[] = [];
  most = 0;
  closed = 0;
  destroyed = 0;
  readonly #active = new Set<string>();
  readonly #reply: (path: string, attempt: number) => HttpAnswer | Promise<HttpAnswer>;

  constructor(reply: (path: string, attempt: number) => HttpAnswer | Promise<HttpAnswer>) {
    this.#reply = reply;
  }

  async get(url: string): Promise<HttpAnswer> {
    if (this.#active.has(url)) throw new Error(`${url} is asked for twice at once`);
    this.#active.add(url);
    this.most = Math.max(this.most, this.#active.size);
    const path = url.replace('http://s/', '');
    this.asked.push(path);
    try {
      return await this.#reply(path, this.asked.filter((other) => other === path).length);
    } finally {
      this.#active.delete(url);
    }
  }

  async close(): Promise<void> {
    this.closed++;
  }

  async destroy(): Promise<void> {
    this.destroyed++;
  }
}

export interface Setup extends Partial<Omit<EnrichHttpOptions, 'url'>> {
  readonly url?: string;
  readonly world?: VirtualWorld;
  readonly sides?: readonly number[];
}

export function setUp(server: HttpClient, setup: Setup = {}): { operator: EnrichHttp; piped: Piped } {
  const { url = 'http://s/{id}', world = new VirtualWorld(), sides = [], ...rest } = setup;
  const piped = new Piped(sides);
  const options = {
    url: parseUrlTemplate(url),
    as: 'enriched',
    concurrency: 8,
    retry: 5,
    until: undefined,
    onFailure: 'fail' as const,
    ...rest,
  };
  return { operator: new EnrichHttp(options, server, world, piped.context), piped };
}

export async function enrich(server: HttpClient, lines: readonly string[], setup?: Setup): Promise<Piped> {
  const { operator, piped } = setUp(server, setup);
  return pipe(cut(lines), operator, piped);
}

export const echo = (): Server => new Server((path) => answer(200, `{"path":"${path}"}`));
