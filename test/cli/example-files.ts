import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/**
 * What the examples of the specs find in their folder. A new example uses these files, or adds one here:
 *
 * - access.log: a web server's log in the combined format, 400 requests in half an hour, up to 40 s out of order
 * - events.ndjson: `ts` (RFC 3339), `id` (some twice), `user.id`, `amount`, `status`
 * - hosts.csv: `host,country,owner` for the hosts of access.log
 * - job.tm: a pipeline that keeps its state in the folder job, which is there once it has run
 * - failed.mjs, pauses.mjs, country.mjs, spread.mjs, sessions.tm, sessions.tmtest: those of examples/
 */
export function writeExampleFiles(folder: string): void {
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write(
    'access.log',
    Array.from({ length: 400 }, (_, index) => logLine(index)),
  );
  write(
    'events.ndjson',
    Array.from({ length: 200 }, (_, index) => eventLine(index)),
  );
  write('job.tm', [
    'source access.log --format combined --delay 1m --state job',
    '| window fixed 5m | combine n=count | sink counts.ndjson',
  ]);
  for (const name of [
    'failed.mjs',
    'pauses.mjs',
    'country.mjs',
    'spread.mjs',
    'sessions.tm',
    'sessions.tmtest',
  ])
    copyFileSync(new URL(`../../examples/${name}`, import.meta.url), join(folder, name));
  write('hosts.csv', ['host,country,owner', ...HOSTS.map(hostLine)]);
}

const START = Date.UTC(2015, 4, 17, 10, 5, 0);
const HOSTS = Array.from({ length: 12 }, (_, index) => `203.0.113.${index + 1}`);
const PATHS = ['/', '/index.html', '/images/logo.png', '/api/orders', '/api/users?page=2', '/robots.txt'];
const STATUSES = [200, 200, 200, 304, 404, 500];

function logLine(index: number): string {
  const disorder = index % 7 === 0 ? 40 : index % 5;
  const at = new Date(START + (index * 4.5 - disorder) * 1000).toISOString();
  const time = `17/May/2015:${at.slice(11, 19)} +0000`;
  const request = `GET ${PATHS[(index * 7) % PATHS.length]} HTTP/1.1`;
  const bytes = index % 11 === 0 ? '-' : String(300 + ((index * 7919) % 90_000));
  const rest = `"${request}" ${STATUSES[(index * 5) % STATUSES.length]} ${bytes} "-" "Mozilla/5.0 (X11; Linux)"`;
  return `${HOSTS[(index * index) % HOSTS.length]} - - [${time}] ${rest}`;
}

const eventLine = (index: number): string =>
  JSON.stringify({
    ts: new Date(START + index * 30_000).toISOString(),
    id: `order-${index - (index % 9 === 0 ? 1 : 0)}`,
    user: { id: index % 5 },
    amount: (index * 37) % 100,
    status: STATUSES[index % STATUSES.length],
  });

const hostLine = (host: string, index: number): string =>
  `${host},${['DE', 'FR', 'JP'][index % 3]},team ${index % 4}`;

/** Answers every request with a JSON object, so that examples of `enrich http` have somebody to ask. */
export async function startExampleServer(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: request.url, known: true }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
