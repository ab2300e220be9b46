import { Buffer } from 'node:buffer';
import type { Xoshiro128 } from '../../src/connectors/xoshiro.ts';

/** Chooses by a seed: what it chooses is the same on every machine. */
export class Choice {
  readonly #random: Xoshiro128;

  constructor(random: Xoshiro128) {
    this.#random = random;
  }

  /** An integer of [0, n). */
  below(n: number): number {
    return this.#random.below(n);
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.#random.below(n) === 0;
  }

  of<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!;
  }
}

/** Pieces at which readers of bytes go wrong. */
const TOKENS: readonly Buffer[] = [
  ...[
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    '\\ud83d\\ude00',
    '\\x',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '\t',
    '\r',
  ],
  ...[
    '\r\n',
    '\n',
    '\n\n',
    '""',
    '"","',
    'null',
    'true',
    '1e999',
    '-0',
    '-',
    '0123',
    '1.',
    '1e',
    '.5',
    '1E+5',
  ],
  ...['99999999999999999999', '-9007199254740993', '4.9e-324', '"@t":', '"@w":', '"@pane":{}', '"@@t":1,'],
  ...['"@t":"', '"@w":"', '"\\u0040t":', '{"@end":"drained"}', '{"@watermark":"end"}', '{"@idle":true}'],
  ...[
    '9999-12-31T23:59:60Z',
    '0000-01-01T00:00:00Z',
    '2015-02-30',
    'R2/',
    '/PT5M',
    'P1D/PT1H',
    'R999999999/',
  ],
  ...['-infinity', 'NaN', '%', '#', ';', '|', "'", '\0', '\x7f', '\u2028', '\ufeff', 'é', '😀', '\u0301'],
  ...['__proto__', 'constructor', '"a":1,"a":2', '[', ']', '"GET / HTTP/1.1"', ' - - ['],
]
  .map((text) => Buffer.from(text, 'utf8'))
  .concat([
    Buffer.from([0xff]),
    Buffer.from([0xc3]),
    Buffer.from([0xed, 0xa0, 0x80]),
    Buffer.from([0xf4, 0x90, 0x80, 0x80]),
    Buffer.from([0xef, 0xbb, 0xbf]),
    Buffer.from([0xc0, 0x80]),
  ]);

/** A piece of bytes, replaced. */
function splice(bytes: Buffer, from: number, to: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

/** Changes a line in one place; `other` is a line that a piece may come from. */
export function mutate(line: Buffer, other: Buffer, choice: Choice): Buffer {
  const at = choice.below(line.length + 1);
  const end = Math.min(line.length, at + 1 + choice.below(choice.once(4) ? 40 : 4));
  switch (choice.below(10)) {
    case 0: {
      const changed = Buffer.from(line);
      if (at < line.length) changed[at]! ^= 1 << choice.below(8);
      return changed;
    }
    case 1:
      return splice(line, at, at, Buffer.from([choice.below(256)]));
    case 2:
      return splice(line, at, end, Buffer.alloc(0));
    case 3:
      return splice(line, at, at, line.subarray(at, end));
    case 4: {
      const from = choice.below(other.length + 1);
      return splice(line, at, end, other.subarray(from, from + choice.below(30)));
    }
    case 5:
      return line.subarray(0, at);
    case 6: {
      // Deep, or long: nesting, a field of one letter, spaces.
      const times = choice.once(50) ? 20_000 : choice.below(60);
      return splice(
        line,
        at,
        at,
        Buffer.alloc(times, choice.of(['[', '{"a":', 'x', ' ', '"', '\\', ',', '9'])),
      );
    }
    default:
      return splice(line, at, choice.once(2) ? at : end, choice.of(TOKENS));
  }
}

/** A line as it was, or changed in one to four places. */
export function mutated(lines: readonly Buffer[], choice: Choice): Buffer {
  let line = choice.of(lines);
  if (choice.once(4)) return line;
  for (let times = 1 + choice.below(4); times > 0; times--) line = mutate(line, choice.of(lines), choice);
  return line;
}
