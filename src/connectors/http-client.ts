import { Buffer } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { type HttpAnswer, type HttpClient, NoAnswer } from '../operators/http-answer.ts';
import type { World } from '../operators/world.ts';
import { formatDuration } from '../time/duration.ts';
import { systemReason } from './system-error.ts';

export interface HttpClientOptions {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** For one attempt as a whole: connection, answer and body, ms. */
  readonly timeout: number;
  /** Connections to one host at most. */
  readonly connections: number;
  /** Bytes that a body may have. */
  readonly maxBody: number;
}

/** Redirections that are followed. */
const MAX_REDIRECTIONS = 5;
/** The longest that a timer of Node can wait, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A client that keeps connections open between requests. undici is loaded here: it takes 84 ms. */
export async function openHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  // A bundle knows the module, which is CommonJS, by its default export alone.
  const { default: undici } = await import('undici');
  return new UndiciClient(options, undici);
}

/** The time, the timers and the chance of this machine. */
export const machineWorld: World = {
  clock: Date.now,
  random: Math.random,
  async sleep(milliseconds, signal) {
    // As many sleep at once as requests may be under way.
    setMaxListeners(0, signal);
    // Aborted is as good as slept: who sleeps looks at the signal.
    await wait(Math.min(milliseconds, LONGEST_TIMER), undefined, { signal }).catch(() => undefined);
  },
  quiet: (milliseconds, signal) => machineWorld.sleep(milliseconds, signal),
};

type Undici = typeof import('undici').default;

class UndiciClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #undici: Undici;
  readonly #headers: Record<string, string>;
  /** Connections, and the dispatcher over them that follows redirections; made by the first request. */
  #agent: { readonly pool: Dispatcher; readonly dispatcher: Dispatcher } | undefined;
  /** Attempts under way. */
  readonly #attempts = new Set<AbortController>();

  constructor(options: HttpClientOptions, undici: Undici) {
    this.#options = options;
    this.#undici = undici;
    this.#headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'tidemark' };
    for (const [name, value] of options.headers) this.#headers[name.toLowerCase()] = value;
  }

  async get(url: string): Promise<HttpAnswer> {
    this.#agent ??= this.#open();
    const { timeout } = this.#options;
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(), timeout);
    this.#attempts.add(attempt);
    try {
      const { dispatcher } = this.#agent;
      const response = await this.#undici.request(url, {
        dispatcher,
        headers: this.#headers,
        signal: attempt.signal,
      });
      return await this.#read(response);
    } catch (error) {
      if (attempt.signal.aborted)
        throw new NoAnswer(`no answer within ${formatDuration(timeout)}`, { cause: error });
      throw new NoAnswer(reasonOf(error), { cause: error });
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.pool.close();
  }

  async destroy(): Promise<void> {
    for (const attempt of this.#attempts) attempt.abort();
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.pool.destroy().catch(() => undefined);
  }

  #open(): { pool: Dispatcher; dispatcher: Dispatcher } {
    const { Agent, interceptors } = this.#undici;
    const { connections, timeout } = this.#options;
    // The attempt as a whole has a timeout; undici's own ones would only be rougher.
    const pool = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0, connect: { timeout } });
    const redirect = interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS });
    return { pool, dispatcher: pool.compose(redirect) };
  }

  async #read(response: Dispatcher.ResponseData): Promise<HttpAnswer> {
    const { statusCode: status, headers, body } = response;
    const header = headers['retry-after'];
    const retryAfter = Array.isArray(header) ? header[0] : header;
    if (status < 200 || status >= 300) {
      await body.dump();
      return { status, retryAfter, body: NOTHING };
    }
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of body) {
      pieces.push(piece);
      length += piece.length;
      // Leaving the loop ends the connection.
      if (length > this.#options.maxBody) return { status, retryAfter, body: undefined };
    }
    return { status, retryAfter, body: Buffer.concat(pieces, length) };
  }
}

function reasonOf(error: unknown): string {
  // Of several addresses that were tried at once each has its own error: the first tells.
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const reason = systemReason(first);
  return reason.startsWith('Redirect loop') ? 'redirected in a circle' : reason;
}

const NOTHING = Buffer.alloc(0);
