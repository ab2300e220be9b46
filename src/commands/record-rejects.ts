import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { Rejects } from '../formats/format.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import type { SourceContext } from './stage.ts';

/** Rejected records that are told one by one; of the others only the number. */
const TOLD = 3;

/**
 * What happens to records that cannot be read: the run fails with the first, or they are counted, told and
 * kept in a file as they came.
 */
export class RecordRejects implements Rejects {
  /** The location that is read, for messages. */
  location = '';
  readonly #skip: boolean;
  readonly #context: SourceContext;
  #count = 0;
  /** Rejected records that have not been written to the file; written after each block. */
  readonly #kept = new ByteWriter(256);

  constructor(skip: boolean, context: SourceContext) {
    this.#skip = skip;
    this.#context = context;
  }

  reject(line: number, column: number, reason: string, bytes: Buffer, start: number, end: number): void {
    if (!this.#skip) {
      throw new TidemarkError('failed', reason, {
        where: this.location,
        line,
        ...(column > 0 ? { column } : {}),
        hint: '--on-reject skip leaves such records out, --rejected-to FILE keeps them',
      });
    }
    this.#count++;
    this.#context.count('rejected', 1);
    const place = column > 0 ? `line ${line}, column ${column}` : `line ${line}`;
    if (this.#count <= TOLD) this.#context.notice(`${this.location}: ${place} is left out: ${reason}`);
    this.#kept.copy(bytes, start, end);
    this.#kept.byte(0x0a);
  }

  /** Writes what was rejected since. */
  async flush(): Promise<void> {
    if (this.#kept.length === 0) return;
    await this.#context.reject(this.#kept.view());
    this.#kept.clear();
  }

  tell(): void {
    if (this.#count > TOLD) {
      this.#context.notice(`${this.#count.toLocaleString('en')} records were left out in all`);
    }
  }
}
