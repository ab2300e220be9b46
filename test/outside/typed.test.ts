import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type {
  Continuation,
  ModuleBatch,
  ModuleParameters,
  ModuleRecord,
  ReadContext,
  SinkModule,
  SourceModule,
  Tracker,
} from 'tidemark';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Folder } from '../transcripts/shell.ts';

const TYPED = fileURLToPath(new URL('typed/', import.meta.url));

/** `npm run check` holds this file and those of typed/ to the types that are published. */
describe('a module in TypeScript', () => {
  it('runs when it is compiled', async () => {
    const here = new Folder();
    for (const name of ['numbers', 'lines']) {
      const text = fs.readFileSync(`${TYPED}${name}.mts`, 'utf8');
      here.write(`${name}.mjs`, (await transform(text, { loader: 'ts' })).code);
    }
    const line = `tm source './numbers.mjs?to=3' --time at | tm sink './lines.mjs?to=out' --meta drop`;
    expect(await here.run(line)).toMatchObject({ codes: [0, 0], stderr: '' });
    expect(here.read('out').match(/"n":\d/g)).toEqual(['"n":0', '"n":1', '"n":2']);
  });

  it('has positions, restrictions and claims of its own types', () => {
    interface Page {
      readonly cursor: string;
    }
    type Pages = SourceModule<Page, readonly string[], string>;
    expectTypeOf<Parameters<Pages['read']>[0]>().toEqualTypeOf<Tracker<readonly string[], string>>();
    expectTypeOf<ReadContext<Page>['position']>().toEqualTypeOf<Page | undefined>();
    expectTypeOf<ModuleRecord<Page>>().toExtend<{ readonly value: unknown; readonly position?: Page }>();
    expectTypeOf<Parameters<NonNullable<Pages['acknowledge']>>[0]>().toEqualTypeOf<Page>();
    expectTypeOf<ReadContext['parameters']>().toEqualTypeOf<ModuleParameters>();
    expectTypeOf<{ readonly resumeAfter: number }>().toExtend<Continuation>();
    expectTypeOf<Parameters<SinkModule['publish']>[0]>().toEqualTypeOf<ModuleBatch>();
  });

  it('acknowledges ids where it is a queue', () => {
    const queue: SourceModule<readonly string[]> = {
      delivery: 'redelivering',
      async *read(_tracker, { signal }) {
        yield { value: { n: 1 }, id: 'm1' };
        return signal.aborted ? undefined : { resumeAfter: 20 };
      },
      acknowledge: (ids) => ids.filter((id) => id !== 'm1'),
    };
    expect(queue.acknowledge?.(['m1', 'm2'], { parameters: {} })).toEqual(['m2']);
  });

  it('is told by the compiler what it lacks', () => {
    // @ts-expect-error A source reads.
    const source: SourceModule = { bounded: true };
    // @ts-expect-error There are two kinds of delivery.
    const often: SourceModule = { delivery: 'often', async *read() {} };
    async function* read() {
      yield { value: {}, position: 'a' };
    }
    // @ts-expect-error The position is a number.
    const wrong: SourceModule<number> = { read };
    // @ts-expect-error A sink publishes.
    const sink: SinkModule = { close() {} };
    expect([source, often, wrong, sink]).toHaveLength(4);
  });
});
