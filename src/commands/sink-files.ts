import type { EpochTarget, Target } from '../connectors/connector.ts';
import type { FileTargetOptions } from '../connectors/file-place.ts';
import type { Destination } from '../formats/destination.ts';
import type { RecordWriter, WriterOptions } from '../formats/record-writer.ts';
import { sinkFile } from './sink-file.ts';

export interface SinkFilesOptions {
  readonly destination: Destination;
  readonly mode: FileTargetOptions['mode'];
  /** The format, for what a file holds already. */
  readonly format: string;
  readonly writer: WriterOptions;
  createWriter(options: WriterOptions): RecordWriter;
}

/** The files that a sink divides results among: what their writer and their target have in common. */
export class SinkFiles {
  readonly #options: SinkFilesOptions;
  /** With `--state`: the target, which knows the files of earlier runs. */
  #kept: (EpochTarget & { knows(path: string): boolean }) | undefined;
  /** By the numbers that the writer gives and the target takes. */
  readonly #paths: string[] = [];

  constructor(options: SinkFilesOptions) {
    this.#options = options;
  }

  /** Loaded here, as is the writer: most sinks write one file. */
  async open(bounded: boolean): Promise<Target> {
    const { FileFamily } = await import('../connectors/file-family.ts');
    return FileFamily.open(this.#paths, { mode: this.#options.mode, bounded });
  }

  async openKept(): Promise<EpochTarget> {
    const { EpochFiles } = await import('../connectors/epoch-files.ts');
    this.#kept = new EpochFiles(this.#paths, this.#options.mode);
    return this.#kept;
  }

  /** @param expected of all events, where it is known */
  async createWriter(bounded: boolean, expected: Pick<WriterOptions, 'expected'>): Promise<RecordWriter> {
    const { destination, mode, format, writer, createWriter } = this.#options;
    const { PartitionWriter } = await import('../formats/partition-writer.ts');
    return new PartitionWriter({
      destination,
      meta: writer.meta,
      paths: this.#paths,
      createWriter: (path) => {
        const goesOn = this.#kept?.knows(path) === true;
        const { columns } = sinkFile(path, goesOn ? 'append' : mode, format);
        return createWriter({
          ...writer,
          ...expected,
          bounded,
          ...(columns === undefined ? {} : { columns }),
        });
      },
    });
  }
}
