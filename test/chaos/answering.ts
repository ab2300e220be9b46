import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chance } from './chance.ts';

/**
 * A server whose answers depend on the path alone; how long it takes, and whether it is busy, does not. What is put
 * under a store's address it keeps.
 */
export class Answering {
  readonly url: string;
  readonly #server: Server;
  /** Who has a store, whose number is that in here. */
  readonly #owners: string[] = [];
  /** What each store was given, by the names of its objects. */
  readonly #stores: Map<string, string>[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(seed: number): Promise<Answering> {
    const chance = new Chance(seed);
    const server = createServer((request, response) => {
      if (request.method === 'PUT') {
        void answering.#keep(request, response, chance.one(0.2));
        return;
      }
      const key = request.url ?? '';
      const answer = (): void => {
        const status = chance.one(0.01) ? 503 : key === '/k13' ? 400 : key === '/k14' ? 404 : 200;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(status === 200 ? `{"of":"${key}"}` : '');
      };
      if (chance.one(0.02)) setTimeout(answer, chance.below(60));
      else answer();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const answering = new Answering(server);
    return answering;
  }

  /** The address of the store of those who work in a folder. */
  storeOf(folder: string): string {
    if (!this.#owners.includes(folder)) this.#stores[this.#owners.push(folder) - 1] = new Map();
    return `${this.url}/${this.#owners.indexOf(folder)}`;
  }

  /** What the store of a folder holds, in the order of the epochs, which end the names. */
  stored(folder: string): string {
    const objects = [...this.#stores[this.#owners.indexOf(folder)]!];
    const epoch = (name: string): number => Number(name.split('/').at(-1));
    return objects
      .sort(([a], [b]) => epoch(a) - epoch(b))
      .map(([, body]) => body)
      .join('');
  }

  /** Keeps the first object of a name; another one of it shows. @param deaf it does, but says that it does not */
  async #keep(request: IncomingMessage, response: ServerResponse, deaf: boolean): Promise<void> {
    const [, store, ...name] = request.url!.split('/');
    let body = '';
    try {
      for await (const part of request.setEncoding('utf8')) body += part;
    } catch {
      return; // The client was killed while it sent.
    }
    const objects = this.#stores[Number(store)]!;
    const before = objects.get(name.join('/'));
    objects.set(name.join('/'), before === undefined || before === body ? body : 'two objects of one name\n');
    response.writeHead(deaf ? 500 : 201).end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
