import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { Rejects } from '../formats/format.ts';
import { guessFormat } from '../formats/format-guess.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import type { SourceContext } from './stage.ts';

/** Rejected records that are told one by one; of the others only the number. */
const TOLD = 3;

interface Rejected {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  /** Where its bytes are. */
  readonly start: number;
  readonly end: number;
}

/**
 * What happens to records that cannot be read: the run fails with the first, or they are counted, told and
 * kept in a file as they came.
 */
export class RecordRejects implements Rejects {
  /** The location that is read, for messages. */
  location = '';
  /** Whether nothing said what format it has: then the first line may show that it has another. */
  formatIsDefault = false;
  /** Of a location that is not read from its start: the byte where it is (1-based), and lines read before that. */
  part: { readonly byte: number; readonly lines: number } | undefined;
  readonly #skip: boolean;
  readonly #context: SourceContext;
  #count = 0;
  /** Records that earlier runs could not read. */
  before = 0;
  /** What was rejected since the last flush, and its bytes: a block's format errors come before its bad times. */
  #rejected: Rejected[] = [];
  readonly #kept = new ByteWriter(256);
  /** The same records in the order of their lines, on their way to the file. */
  readonly #out = new ByteWriter(256);

  constructor(skip: boolean, context: SourceContext) {
    this.#skip = skip;
    this.#context = context;
  }

  /** Records that could not be read, of all runs. */
  get total(): number {
    return this.before + this.#count;
  }

  reject(line: number, column: number, reason: string, bytes: Buffer, start: number, end: number): void {
    if (!this.#skip) {
      throw new TidemarkError('failed', reason, {
        ...this.place(line),
        ...(column > 0 ? { column } : {}),
        hint:
          (line === 1 && this.formatIsDefault
            ? guessFormat(bytes.toString('latin1', start, Math.min(end, start + 4096)))
            : undefined) ?? '--on-reject skip leaves such records out, --rejected-to FILE keeps them',
      });
    }
    const from = this.#kept.length;
    this.#kept.copy(bytes, start, end);
    this.#kept.byte(0x0a);
    this.#rejected.push({ line, column, reason, start: from, end: this.#kept.length });
  }

  /**
   * Tells and writes what was rejected since, in the order of the lines.
   * @param lastLine the line behind which nothing is wanted any more
   */
  async flush(lastLine = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#rejected.length === 0) return;
    const wanted = this.#rejected.filter(({ line }) => line <= lastLine).sort((a, b) => a.line - b.line);
    this.#rejected = [];
    this.#out.clear();
    for (const rejected of wanted) {
      this.#tellOne(rejected);
      this.#out.copy(this.#kept.bytes, rejected.start, rejected.end);
    }
    this.#kept.clear();
    await this.#context.reject(this.#out.view());
  }

  #tellOne({ line, column, reason }: Rejected): void {
    this.#context.count('rejected', 1);
    if (++this.#count > TOLD) return;
    const { where, line: told } = this.place(line);
    const place = column > 0 ? `line ${told}, column ${column}` : `line ${told}`;
    this.#context.notice(`${where}: ${place} is left out: ${reason}`);
  }

  /** How messages call a line: where the file was not read from its start, by its number from that byte on. */
  place(line: number): { where: string; line: number } {
    const { part, location } = this;
    if (part === undefined || line <= part.lines) return { where: location, line };
    return { where: `${location} from byte ${part.byte} on`, line: line - part.lines };
  }

  tell(): void {
    if (this.#count > TOLD) {
      this.#context.notice(`${this.#count.toLocaleString('en')} records were left out in all`);
    }
  }
}
