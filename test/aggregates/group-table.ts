import { Buffer } from 'node:buffer';
import type {
  Aggregate,
  AggregateDefinition,
  AggregateInput,
  Literal,
} from '../../src/aggregates/aggregate.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { isInteger, readDouble } from '../../src/json/number.ts';
import { Slots } from '../../src/state/slots.ts';
import {
  ABSENT,
  ARRAY,
  BIG_INTEGER,
  DOUBLE,
  FALSE,
  INTEGER,
  NO_NUMBER,
  NULL,
  NUMBER,
  type Numbers,
  OBJECT,
  type Projected,
  STRING,
  TRUE,
} from '../../src/stream/projection.ts';
import type { Sample } from '../reference/aggregates.ts';

const TYPES: Readonly<Record<string, number>> = {
  '"': STRING,
  '[': ARRAY,
  '{': OBJECT,
  t: TRUE,
  f: FALSE,
  n: NULL,
};

/** The columns of one aggregate, which start small so that tests see them grow. */
class GrowingColumns extends Slots {
  constructor() {
    super(2);
  }

  reserve(slots: number): void {
    while (this.count < slots) this.allocate();
  }

  override reset(slot: number): void {
    super.reset(slot);
  }
}

/** The samples, which stand next to each other in the stream, as the columns of a batch; each is an event of its text. */
function inputOf(samples: readonly Sample[], { fields, domain }: AggregateDefinition): AggregateInput {
  const texts = samples.flatMap(({ text, second }) => [text, second?.text ?? '']);
  const bytes = Buffer.from(texts.join('\n'));
  const ends: number[] = [];
  for (const text of texts) ends.push((ends.at(-1) ?? -1) + 1 + Buffer.byteLength(text));
  const spans = texts.map((text, i) => ({ text, start: ends[i]! - Buffer.byteLength(text), end: ends[i]! }));
  const columns = [0, 1].slice(0, fields).map((column) =>
    numbersOf(
      bytes,
      spans.filter((_, i) => i % 2 === column),
      domain,
    ),
  );
  return {
    bytes,
    time: Float64Array.from(samples, ({ time }) => time),
    eventStart: Int32Array.from(samples, (_, row) => spans[row * 2]!.start),
    eventEnd: Int32Array.from(samples, (_, row) => spans[row * 2]!.end),
    position: samples[0]?.position ?? 0,
    values: columns.map(({ source }) => source),
    numbers: columns,
  };
}

function numbersOf(
  bytes: Buffer,
  spans: readonly { text: string; start: number; end: number }[],
  domain: AggregateDefinition['domain'],
): Numbers {
  const source: Projected = {
    type: Uint8Array.from(spans, ({ text }) => (text === '' ? ABSENT : (TYPES[text[0]!] ?? NUMBER))),
    start: Int32Array.from(spans, ({ start }) => start),
    end: Int32Array.from(spans, ({ end }) => end),
  };
  const form = new Uint8Array(spans.length).fill(NO_NUMBER);
  const value = new Float64Array(spans.length);
  for (const [row, { start, end }] of spans.entries()) {
    const type = source.type[row]!;
    if (domain === 'booleans' && (type === TRUE || type === FALSE)) {
      form[row] = INTEGER;
      value[row] = type === TRUE ? 1 : 0;
    }
    if (type !== NUMBER) continue;
    const number = readDouble(bytes, start, end);
    value[row] = number;
    if (!isInteger(bytes, start, end)) form[row] = DOUBLE;
    else form[row] = Number.isSafeInteger(number) ? INTEGER : BIG_INTEGER;
  }
  return { form, value, bytes, source };
}

/** One aggregate over a few groups. */
export class GroupTable {
  readonly #columns = new GrowingColumns();
  readonly #aggregate: Aggregate;
  readonly #definition: AggregateDefinition;

  constructor(definition: AggregateDefinition, literals: readonly Literal[] = [], withField = true) {
    definition.check(literals);
    this.#aggregate = definition.create(this.#columns, literals);
    this.#definition = withField ? { ...definition, fields: Math.max(definition.fields, 1) } : definition;
  }

  /** Adds a batch of samples, each to the slots given for it. */
  add(samples: readonly Sample[], slots: readonly (readonly number[])[]): void {
    const pairs = slots.flatMap((ofRow, row) => ofRow.map((slot) => [row, slot] as const));
    this.#columns.reserve(Math.max(0, ...pairs.map(([, slot]) => slot)) + 1);
    this.#aggregate.add(
      inputOf(samples, this.#definition),
      Int32Array.from(pairs, ([row]) => row),
      Int32Array.from(pairs, ([, slot]) => slot),
      pairs.length,
    );
  }

  reserve(slots: number): void {
    this.#columns.reserve(slots);
  }

  merge(into: number, from: number): void {
    this.#aggregate.merge(into, from);
  }

  reset(slot: number): void {
    this.#columns.reset(slot);
  }

  track(): void {
    this.#columns.track();
  }

  /** What a snapshot of the groups holds: all of them, or those of the slots that have changed. */
  saveRows(changed?: readonly number[]): Buffer {
    for (const slot of changed ?? []) this.#columns.mark(slot);
    return Buffer.concat(this.#columns.saveRows(changed === undefined));
  }

  loadRows(bytes: Buffer): void {
    this.#columns.loadRows(bytes);
  }

  save(slot: number): string {
    const out = new ByteWriter(16);
    this.#aggregate.save!(slot, out);
    return out.toString();
  }

  /** @throws TidemarkError when it was not saved by this aggregate */
  load(slot: number, text: string): void {
    this.#columns.reserve(slot + 1);
    const bytes = Buffer.from(`before ${text} behind`);
    this.#aggregate.load!(slot, bytes, 7, bytes.length - 7);
  }

  result(slot: number): string {
    const out = new ByteWriter(16);
    this.#aggregate.result(slot, out);
    return out.toString();
  }
}
