import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../journeys/journey.ts';

const SLOW = 180_000;

let folder: string;
/** A folder with the package installed: its package.json, and the types that are built for it. */
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-types-'));
  const installed = path.join(folder, 'node_modules', 'tidemark');
  fs.mkdirSync(installed, { recursive: true });
  fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(installed, 'package.json'));
  // Those that it depends on, and those that its user has for Node.
  for (const name of ['@types', 'undici-types', ...dependencies()]) link(name);
  const types = [
    '-p',
    path.join(ROOT, 'tsconfig.types.json'),
    '--outDir',
    path.join(installed, 'dist/types'),
  ];
  expect(tsc(types)).toBe('');
}, SLOW);
afterAll(() => fs.rmSync(folder, { recursive: true }));

const dependencies = (): string[] => {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  return Object.keys(dependencies);
};

function link(name: string): void {
  const to = path.join(folder, 'node_modules', name);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules', name), to);
}

function tsc(words: readonly string[]): string {
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  return spawnSync(process.execPath, [compiler, ...words], { cwd: folder, encoding: 'utf8' }).stdout;
}

const MODULES: Readonly<Record<string, string>> = {
  'failed.mjs': `
/** @type {import('tidemark').MapModule<{ bytes: number, status: number, path: string }>} */
export default {
  outputs: ['large'],
  process(event, context) {
    if (event.bytes > 50_000) context.output('large', { path: event.path });
    if (event.status < 400) return;
    context.count('failed');
    return { ...event, area: event.path.split('/')[1] ?? '/' };
  },
};
`,
  'pauses.mjs': `
/** @type {import('tidemark').MapModule} */
export default {
  process(_event, context) {
    const { minutes = '1' } = context.parameters;
    context.state.set('events', Number(context.state.get('events') ?? 0) + 1);
    context.timer('quiet', context.time + Number(minutes) * 60_000);
  },
  onTimer: (_name, context) => ({ ...context.key, events: context.state.get('events') }),
};
`,
  'doubled.mjs': `
/** @type {import('tidemark').MapFunction<{ n: number }, { average: { n: number } | null }>} */
const doubled = async ({ n }, { side: { average } }) => (average === null ? null : [{ n: 2 * n + average.n }]);
export default doubled;
`,
  'spread.mjs': `
/** @type {import('tidemark').Combiner<{ least: number, greatest: number }, number>} */
export default {
  create: () => ({ least: Infinity, greatest: -Infinity }),
  add(range, value) {
    range.least = Math.min(range.least, value);
    range.greatest = Math.max(range.greatest, value);
  },
  merge: (a, b) => ({ least: Math.min(a.least, b.least), greatest: Math.max(a.greatest, b.greatest) }),
  result: ({ least, greatest }) => (least > greatest ? null : greatest - least),
};
`,
  'country.mjs': `
/** @type {import('tidemark').LookupFunction<{ host: string }>} */
export default async ({ host }, { signal }) => (await fetch('https://geo.example.com/' + host, { signal })).json();
`,
  'table.mjs': `
/** @type {Map<string, string>} */
const names = new Map();
/** @satisfies {import('tidemark').LookupModule<{ host: string }>} */
export default {
  setup: ({ parameters }) => names.set('localhost', parameters.name ?? 'here'),
  lookup: ({ host }) => names.get(host) ?? null,
};
`,
  'hourly.mjs': `
class Hourly {
  #highest = -Infinity;
  /** @param {number} time */
  observe(time) {
    this.#highest = Math.max(this.#highest, time);
  }
  watermark() {
    return Math.floor((this.#highest - 300_000) / 3_600_000) * 3_600_000;
  }
}
/** @type {import('tidemark').WatermarkModule} */
export default Hourly;
`,
  'rows.mjs': `
/** @type {import('tidemark').SourceModule<number, { from: number, to?: number }, number>} */
export const source = {
  restriction: ({ to = '100' }) => ({ from: 0, to: Number(to) }),
  async *read(tracker, { position }) {
    for (let n = position ?? tracker.restriction.from; tracker.tryClaim(n); n++)
      yield { value: { n }, position: n + 1 };
  },
};
/** @type {import('tidemark').SinkModule} */
export const sink = {
  async publish(batch) {
    for await (const line of batch.lines()) console.log(batch.epoch, line.length);
  },
};
`,
  'all.mts': `
import type { Combiner, LookupModule, MapModule, SinkModule, SourceModule, WatermarkModule } from 'tidemark';
import { combine, enrich, map, merge, pipeline, source } from 'tidemark';
import { testPipeline } from 'tidemark/testing';

const large = {
  process({ bytes }, { emit, window }) {
    if (bytes > 100 && window !== null) emit({ bytes });
  },
} satisfies MapModule<{ bytes: number }>;
class Counted implements MapModule<{ bytes: number }> {
  #n = 0;
  process(event: { bytes: number }) {
    return { ...event, n: this.#n++ };
  }
}
const mean = {
  create: () => [0, 0] as [number, number],
  add(all, value) {
    all[0] += value;
    all[1]++;
  },
  merge: ([a, n], [b, m]) => [a + b, n + m] as [number, number],
  result: ([sum, n]) => (n === 0 ? null : sum / n),
} satisfies Combiner<[number, number], number>;
const names = { lookup: ({ host }) => host.length } satisfies LookupModule<{ host: string }>;
const minutely = (() => ({ observe() {}, watermark: () => new Date(0) })) satisfies WatermarkModule;
export const from = { async *read() { yield { value: {} }; } } satisfies SourceModule;
export const to = { async publish() {} } satisfies SinkModule;

const rows = pipeline([source([{ host: 'a', bytes: 1, at: 0 }], { time: 'at', watermark: minutely }), map(large)]);
const counted = pipeline([merge([rows, pipeline([source('x.log'), map(new Counted())])]), combine({ mean: ['bytes', mean] })]);
for await (const { value } of counted) value.mean satisfies number | null;
await testPipeline([enrich.js(names, { as: 'length' })], [{ time: 0, value: { host: 'a' } }]);
`,
  'wrong.mts': `
import type { Combiner, MapModule, SinkModule, WatermarkModule } from 'tidemark';
// @ts-expect-error An event is no number.
export const number = { process: () => 1 } satisfies MapModule;
// @ts-expect-error It adds nothing.
export const adds = { create: () => 0, merge: (a: number) => a } satisfies Combiner<number, number>;
// @ts-expect-error It observes nothing.
export const sees = (() => ({ watermark: () => 0 })) satisfies WatermarkModule;
// @ts-expect-error It publishes nothing.
export const nothing = {} satisfies SinkModule;
`,
};

/** The modules in the section TYPES of a page of the manual: each says its name in its first line. */
function modulesOf(page: string): [name: string, text: string][] {
  const [, section = ''] = /\n[.]Sh TYPES\n(.*?)\n[.]Sh /s.exec(
    fs.readFileSync(path.join(ROOT, 'man', page), 'utf8'),
  )!;
  return [...section.matchAll(/[.]Bd -literal[^\n]*\n(.*?)\n[.]Ed/gs)].map(([, text]) => {
    const [, name] = /^\/\/ ([^:]+):/.exec(text!)!;
    return [`${page}-${name}`, text!.replaceAll('\\(dq', '"')];
  });
}

describe('the types of the package', () => {
  it.each([
    ['alone', []],
    ['with all that they refer to', ['--skipLibCheck', 'false']],
  ])(
    'say of modules in JavaScript and in TypeScript what is right and what is wrong: %s',
    (_, words) => {
      const pages = ['tm-functions.7', 'tm-connectors.7'].flatMap(modulesOf);
      expect(pages).toHaveLength(3);
      const modules = [...Object.entries(MODULES), ...pages];
      for (const [name, text] of modules) fs.writeFileSync(path.join(folder, name), text);
      const options = '--noEmit --strict --allowJs --checkJs --module nodenext --target es2022 --types node';
      const names = modules.map(([name]) => name);
      expect(
        tsc([...options.split(' '), ...(words.length === 0 ? ['--skipLibCheck'] : words), ...names]),
      ).toBe('');
    },
    SLOW,
  );
});
