import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a server answers: a status, and what is said as JSON. */
type Answer = readonly [status: number, body?: unknown];
type Handler = (request: http.IncomingMessage, url: URL, body: string) => Answer | Promise<Answer>;

/** A server on the loopback, gone when the test is over; its address. */
async function serve(handler: Handler): Promise<string> {
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // The client was killed while it sent: what came of it does not count.
    }
    const url = new URL(request.url!, 'http://localhost');
    const [status, body] = await handler(request, url, Buffer.concat(parts).toString());
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Row {
  readonly n: number;
  readonly at: string;
}

/** Records a second of event time apart. */
export function rows(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    n: from + i,
    at: new Date((from + i) * 1000).toISOString(),
  }));
}

/** A list behind pages whose cursors mean something to the server alone. */
export class Pages {
  url = '';
  /** What `acknowledge` has told, in its order. */
  readonly told: number[] = [];
  requests = 0;
  readonly items: Row[];
  readonly #perPage: number;
  /** Every so many requests one is answered by 500; 0: none. */
  readonly #fails: number;
  /** Milliseconds that an answer takes. */
  pause = 0;

  constructor(items: Row[], perPage: number, fails = 0) {
    this.items = items;
    this.#perPage = perPage;
    this.#fails = fails;
  }

  async start(): Promise<this> {
    this.url = await serve(async (_request, url) => {
      if (this.pause > 0 && url.pathname === '/page')
        await new Promise((resolve) => setTimeout(resolve, this.pause));
      if (url.pathname === '/told') {
        this.told.push(Number(url.searchParams.get('n')));
        return [204];
      }
      if (this.#fails > 0 && this.requests++ % this.#fails === 1) return [500];
      if (url.pathname === '/count') return [200, { count: this.items.length }];
      const cursor = url.searchParams.get('cursor')!;
      const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64url').toString());
      const to = from + this.#perPage;
      const next = to <= this.items.length ? Buffer.from(String(to)).toString('base64url') : undefined;
      return [200, { items: this.items.slice(from, to), next }];
    });
    return this;
  }
}

interface Message {
  readonly id: string;
  readonly body: Row;
  /** Until when it belongs to somebody, in milliseconds of the clock. */
  leasedTo: number;
}

/** A queue: a message that is leased and not acknowledged in time is given again. */
export class Queue {
  url = '';
  /** How often each message was given. */
  readonly given = new Map<string, number>();
  readonly acknowledged = new Set<string>();
  /** Acknowledgements of what the queue had not, or no longer. */
  again = 0;
  /** Which acknowledgements fail, counted from 1; they may have been heard all the same. */
  refuse: (nth: number) => 'heard' | 'unheard' | undefined = () => undefined;
  readonly #left: Map<string, Message>;
  readonly #lease: number;
  #acknowledgements = 0;

  /** @param lease milliseconds */
  constructor(bodies: readonly Row[], lease: number) {
    this.#lease = lease;
    this.#left = new Map(bodies.map((body) => [`m${body.n}`, { id: `m${body.n}`, body, leasedTo: 0 }]));
  }

  get left(): number {
    return this.#left.size;
  }

  send(body: Row): void {
    this.#left.set(`m${body.n}`, { id: `m${body.n}`, body, leasedTo: 0 });
  }

  async start(): Promise<this> {
    this.url = await serve((_request, url, body) =>
      url.pathname === '/lease'
        ? this.#give(Number(url.searchParams.get('max')))
        : this.#take(JSON.parse(body), url.searchParams.has('by')),
    );
    return this;
  }

  #give(max: number): Answer {
    const now = Date.now();
    const messages = [...this.#left.values()].filter(({ leasedTo }) => leasedTo <= now).slice(0, max);
    for (const message of messages) {
      message.leasedTo = now + this.#lease;
      this.given.set(message.id, (this.given.get(message.id) ?? 0) + 1);
    }
    const given = messages.map(({ id, body }) => ({ id, body, receipt: `${id}/${this.given.get(id)}` }));
    return [200, { messages: given, left: this.#left.size }];
  }

  #take(names: string[], byReceipt: boolean): Answer {
    const refused = this.refuse(++this.#acknowledgements);
    if (refused === 'unheard') return [500];
    for (const name of names) {
      const [id, delivery] = name.split('/') as [string, string?];
      // The receipt of a delivery before the latest is worth nothing.
      if (byReceipt && Number(delivery) !== this.given.get(id)) continue;
      if (!this.#left.delete(id)) this.again++;
      this.acknowledged.add(id);
    }
    return refused === 'heard' ? [500] : [204];
  }
}

/** A store of objects that keeps the first of each name, and tells when a second one differs. */
export class Store {
  url = '';
  readonly objects = new Map<string, string>();
  /** Names whose second object was another one, or whose key was not the name. */
  readonly conflicts: string[] = [];
  /** Every so many PUTs the answer of one is 500, though the object was kept; 0: none. */
  fails = 0;
  puts = 0;

  async start(): Promise<this> {
    this.url = await serve((request, url, body) => {
      const name = url.pathname.slice(1);
      const before = this.objects.get(name);
      if (request.headers['idempotency-key'] !== name || (before ?? body) !== body) this.conflicts.push(name);
      else this.objects.set(name, body);
      return [this.fails > 0 && this.puts++ % this.fails === 0 ? 500 : 201];
    });
    return this;
  }

  /** What the objects hold, in the order of their epochs. */
  content(): string {
    const epoch = (name: string): number => Number(name.split('/').at(-1));
    return [...this.objects]
      .sort(([a], [b]) => epoch(a) - epoch(b))
      .map(([, body]) => body)
      .join('');
  }
}
