import { parseCommandLine } from '../../src/cli/parse.ts';
import { sourceCommand } from '../../src/commands/source.ts';
import { DEFAULT_MAX_LINE } from '../../src/formats/readers.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';

export interface SourceOutcome {
  /** The stream, markers too. */
  readonly stream: string;
  readonly notices: readonly string[];
  /** Records that were put aside, as they came. */
  readonly rejected: string;
  /** What the run failed with: place and message. */
  readonly failure: string;
}

/** Runs `tm source` with these words in this process. */
export async function runSourceWords(words: readonly string[]): Promise<SourceOutcome> {
  const parsed = parseCommandLine(sourceCommand, words);
  if (parsed.action !== 'run') throw new Error(`it asks for ${parsed.action}`);
  const stage = sourceCommand.build(parsed.given);
  if (stage.role !== 'source') throw new Error('it is no source');
  const printer = new StreamPrinter();
  const out = new ByteWriter();
  const notices: string[] = [];
  let rejected = '';
  let failure = '';
  try {
    await stage.run({
      emit(_output, batch) {
        printer.printBatch(batch, out);
        return undefined;
      },
      emitMarker(_output, marker) {
        printer.printMarker(marker, out);
        return undefined;
      },
      connected: () => true,
      notice: (message) => notices.push(message),
      count: () => {},
      signal: new AbortController().signal,
      maxLine: DEFAULT_MAX_LINE,
      members: [],
      reject(bytes) {
        rejected += bytes;
        return undefined;
      },
      now: () => 0,
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { where, line } = error as { where?: string; line?: number };
    failure = [where, line === undefined ? undefined : `line ${line}`, error.message]
      .filter((part) => part !== undefined)
      .join(': ');
  }
  return { stream: out.toString(), notices, rejected, failure };
}
