import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chance } from './chance.ts';

/** A server whose answers depend on the path alone; how long it takes, and whether it is busy, does not. */
export class Answering {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(seed: number): Promise<Answering> {
    const chance = new Chance(seed);
    const server = createServer((request, response) => {
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
    return new Answering(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
