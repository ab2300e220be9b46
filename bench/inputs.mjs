// The inputs of the bench: the same bytes for the same number of events on every machine, kept in a temporary
// folder until somebody removes it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const folder = path.join(os.tmpdir(), 'tidemark-bench');

/** Event time of the first event, ms. */
const START = Date.UTC(2026, 2, 14);
/** Mean time from one event to the next, ms. */
const STEP = 10;
/** How far events are out of order at most, ms. */
const DISORDER = 5000;
/** How late those are that are later than that: from, to, ms. */
const LATE = [60_000, 300_000];
/** Events in each window of `windows`. */
export const EVENTS_A_WINDOW = 20;
/** Keys of `unique`: a prime, above the number of events. */
const KEYS = 100_000_007;
/** Windows of `spread`. */
const WINDOWS = 100_000;
/** So many plain events make the bytes of about one deep one. */
export const PLAIN_A_DEEP = 20;

const SECTIONS = ['/articles/', '/images/', '/products/', '/blog/posts/', '/api/v1/orders/', '/downloads/'];
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'HEAD'];
const STATUSES = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 304, 304, 301, 404, 500];
const AGENTS = ['Firefox', 'Chrome', 'Safari', 'curl'];
const COLUMNS = ['ts', 'id', 'host', 'user', 'method', 'path', 'status', 'bytes', 'ms', 'ua'];

/** Each writes a file of `count` events, a function of the event's number and of random numbers. */
const writers = {
  /** Short events as of a web server: 173 bytes a line, 100 paths, 1,000 hosts, 10^5 users, 10^6 ids. */
  events: (file, count) => writeLines(file, count, (i, random) => jsonLine(plainEvent(i, random))),

  csv(file, count) {
    const header = `${COLUMNS.join(',')}\n`;
    writeLines(file, count, (i, random) => csvLine(plainEvent(i, random)), header);
  },

  gz(file, count) {
    const out = fs.openSync(file, 'w');
    execFileSync('gzip', ['-c', input('events', count)], { stdio: ['ignore', out, 'inherit'] });
    fs.closeSync(out);
  },

  /** As `events`, and one in ten is late. */
  late: (file, count) =>
    writeLines(file, count, (i, random) => {
      const event = plainEvent(i, random);
      if (random() < 0.1) event[0] -= LATE[0] + Math.floor(random() * (LATE[1] - LATE[0]));
      return jsonLine(event);
    }),

  /** As `events`, over so much time that windows of a second have 20 events each. */
  windows: (file, count) =>
    writeLines(file, count, (i, random) => {
      const event = plainEvent(i, random);
      event[0] = START + Math.floor((i * 1000) / EVENTS_A_WINDOW);
      return jsonLine(event);
    }),

  /** Events of keys of their own, one each millisecond. */
  unique: (file, count) =>
    writeLines(
      file,
      count,
      (i) => `{"ts":"${instant(START + i)}","id":"r${(i * 48_271) % KEYS}","bytes":${i % 1000}}\n`,
    ),

  /** Events of 100,000 windows of a second, one after the other and then again, of a new key each time. */
  spread: (file, count) =>
    writeLines(file, count, (i) => {
      const ts = instant(START + (i % WINDOWS) * 1000);
      return `{"ts":"${ts}","id":"r${Math.floor(i / WINDOWS)}","bytes":${i % 1000}}\n`;
    }),

  /** Objects of 5 KB, nested eight deep; the key stands behind half of it. */
  deep(file, count) {
    const bodies = Array.from({ length: 32 }, (_, i) => deepBody(randomNumbers(i + 1)));
    writeLines(file, Math.ceil(count / PLAIN_A_DEEP), (i, random) => {
      const { before, behind } = bodies[Math.floor(random() * bodies.length)];
      const ts = instant(timeOf(i, random));
      const name = `service-${Math.floor(random() * 100)}`;
      return `{"ts":"${ts}",${before},"service":{"name":"${name}","version":"2.14.0"},${behind}}\n`;
    });
  },
};

const ENDINGS = { csv: 'csv', gz: 'ndjson.gz' };

/** The path of an input with so many events; it is written when it is not there. */
export function input(name, count) {
  const file = path.join(folder, `${name}-${count}.${ENDINGS[name] ?? 'ndjson'}`);
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(folder, { recursive: true });
  const part = `${file}.part`;
  writers[name](part, count);
  fs.renameSync(part, file);
  return file;
}

function writeLines(file, count, lineOf, header = '') {
  const random = randomNumbers(count);
  const out = fs.openSync(file, 'w');
  let text = header;
  for (let i = 0; i < count; i++) {
    text += lineOf(i, random);
    if (text.length > 1 << 20) {
      fs.writeSync(out, text);
      text = '';
    }
  }
  fs.writeSync(out, text);
  fs.closeSync(out);
}

function timeOf(i, random) {
  return START + i * STEP - Math.floor(random() * DISORDER);
}

function plainEvent(i, random) {
  const rank = Math.floor(random() * random() * 100);
  return [
    timeOf(i, random),
    `r${digits((i * 48_271) % 1_000_000, 6)}`,
    `10.0.${Math.floor(random() * 10)}.${100 + Math.floor(random() * 100)}`,
    `u${digits((i * 48_271) % 100_000, 5)}`,
    METHODS[Math.floor(random() * METHODS.length)],
    `${SECTIONS[rank % SECTIONS.length]}${rank}`,
    STATUSES[Math.floor(random() * STATUSES.length)],
    Math.floor(200 / (random() + 0.0001)),
    (Math.floor(random() * 10_000) / 10).toFixed(1),
    AGENTS[Math.floor(random() * AGENTS.length)],
  ];
}

function jsonLine([ts, id, host, user, method, route, status, bytes, ms, agent]) {
  return `{"ts":"${instant(ts)}","id":"${id}","host":"${host}","user":"${user}","method":"${method}","path":"${route}","status":${status},"bytes":${bytes},"ms":${ms},"ua":"${agent}"}\n`;
}

function csvLine([ts, ...others]) {
  return `${instant(ts)},${others.join(',')}\n`;
}

/** Members of about 5,000 bytes, in two halves. */
function deepBody(random) {
  const number = () => Math.floor(random() * 1e6);
  const span = () => ({
    id: number(),
    at: { line: number(), file: `src/part/module-${number() % 100}.ts` },
    tags: ['db', 'read', `shard-${number() % 16}`],
    call: { name: 'query', result: { rows: { count: number(), size: { total: number(), mean: random() } } } },
    note: 'a text with "quotes", a back\\slash and a tide of 3.2 m — ébb',
  });
  const half = (name) => JSON.stringify({ [name]: Array.from({ length: 8 }, span) }).slice(1, -1);
  return { before: half('request'), behind: half('spans') };
}

function instant(time) {
  return new Date(time).toISOString();
}

function digits(number, length) {
  return String(number).padStart(length, '0');
}

/** Numbers of [0, 1): Mulberry32, by Tommy Ettinger. */
function randomNumbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
