import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitReader } from '../../src/connectors/connector.ts';
import { StoredStreams } from '../../src/connectors/stored-streams.ts';

const END = '{"@end":"drained"}\n';

/** Gives a text in pieces of these lengths, used in turn. */
function piecewise(text: string, lengths: readonly number[]): SplitReader {
  const bytes = Buffer.from(text);
  let at = 0;
  let turn = 0;
  return {
    read(target, offset) {
      const count = Math.min(lengths[turn++ % lengths.length]!, bytes.length - at, target.length - offset);
      bytes.copy(target, offset, at, at + count);
      at += count;
      return turn % 2 === 0 ? count : Promise.resolve(count);
    },
    close: async () => {},
  };
}

/** What each stream has, read as `pump` does: the line that is not complete stays before what is read next. */
async function streamsIn(text: string, lengths: readonly number[]): Promise<string[]> {
  const streams = new StoredStreams(piecewise(text, lengths));
  const read: string[] = [];
  const target = Buffer.alloc(4096, '#');
  do {
    let stream = '';
    let have = 0;
    for (;;) {
      const count = await streams.read(target, have);
      if (count === 0) break;
      stream += target.toString('utf8', have, have + count);
      have += count;
      const cut = target.lastIndexOf('\n', have - 1) + 1;
      target.copyWithin(0, cut, have);
      have -= cut;
    }
    read.push(stream);
  } while (await streams.another());
  return read;
}

describe('stored streams', () => {
  it('are told apart, however the bytes came, and whatever stands in their events', async () => {
    const line = fc.constantFrom(
      '{"@t":"x"}\n',
      '{"a":"{\\"@end\\":\\"drained\\"}"}\n',
      ` ${END}`,
      '{"@end":"suspended"}\n',
      'long'.repeat(20),
    );
    const stream = fc
      .array(line, { maxLength: 5 })
      .map((lines) => `{"@stream":{}}\n${lines.join('')}\n${END}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(stream, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '\n', ' \n\n'),
        async (streams, lengths, blank) => {
          expect(await streamsIn(streams.join('') + blank, lengths)).toEqual(streams);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('may be one without an end, and blank lines may stand between two', async () => {
    expect(await streamsIn('{"@t":"x"}\n', [3])).toEqual(['{"@t":"x"}\n']);
    expect(await streamsIn('', [3])).toEqual(['']);
    expect(await streamsIn(`{"@stream":{}}\n${END}\n\n{"@stream":{}}\n`, [100])).toEqual([
      `{"@stream":{}}\n${END}`,
      '\n\n{"@stream":{}}\n',
    ]);
  });

  it('are refused where something else stands behind the end of one', async () => {
    for (const behind of ['x', '{"@t":"x"}\n', '{"@str'])
      await expect(streamsIn(END + behind, [5])).rejects.toThrow('is no stream');
  });
});
