import { byteSize } from '../commands/byte-size.ts';
import { NAME } from '../commands/options.ts';
import type { CommandSyntax, OptionSpec } from '../commands/spec.ts';
import { choice } from '../commands/values.ts';
import { DEFAULT_MAX_LINE } from '../formats/line-limit.ts';

/** What every command takes besides its own options. */
export interface CommonOptions {
  readonly quiet: boolean;
  readonly stats: false | 'text' | 'json';
  readonly eof: 'cut' | 'drain';
  /** Bytes. */
  readonly maxLine: number;
  readonly debug: boolean;
  /** The name under which state is kept. */
  readonly name?: string;
}

const quiet: OptionSpec = {
  name: 'quiet',
  short: 'q',
  help: 'tell errors only, no notices',
};

const stats: OptionSpec<'text' | 'json'> = {
  name: 'stats',
  value: choice('FORMAT', ['text', 'json']),
  optionalValue: true,
  help: 'tell on stderr at the end what was counted: text, json',
  details: 'One line; as JSON, durations are in milliseconds. The value stands behind an equals sign only.',
  default: 'text',
};

const eof: OptionSpec<'cut' | 'drain'> = {
  name: 'eof',
  value: choice('MEANING', ['cut', 'drain']),
  help: 'what the end of the input means before the stream is complete: cut, drain',
  details:
    'cut: the command before has failed; nothing more is fired, and the exit code is 3. drain: it is the end of the stream, as behind `head`.',
  default: 'cut',
};

const maxLine: OptionSpec<number> = {
  name: 'max-line',
  // A line is held in one buffer.
  value: byteSize(1),
  help: 'bytes that a line may have',
  default: `${DEFAULT_MAX_LINE / 1024 ** 2}MiB`,
};

const debug: OptionSpec = {
  name: 'debug',
  help: 'show where in the program an error arose',
};

export const HELP: OptionSpec = { name: 'help', short: 'h', help: 'show this text' };
export const VERSION: OptionSpec = { name: 'version', help: 'show the version' };

/** What an input that stops means is no question of a source: its records have no end of their own. */
export function commonOptionsOf({
  input,
  keepsState,
}: Pick<CommandSyntax, 'input' | 'keepsState'>): readonly OptionSpec[] {
  if (input === 'none') return [quiet, debug, HELP, VERSION];
  return [
    quiet,
    stats,
    ...(input === 'records' ? [] : [eof]),
    maxLine,
    ...(keepsState === true ? [NAME] : []),
    debug,
    HELP,
    VERSION,
  ];
}

/** What was given of the common options, by long name, with their defaults. */
export function readCommonOptions(values: ReadonlyMap<string, unknown>): CommonOptions {
  const format = values.get(stats.name) as true | 'text' | 'json' | undefined;
  return {
    quiet: values.has(quiet.name),
    stats: format === undefined ? false : format === true ? 'text' : format,
    eof: (values.get(eof.name) as 'cut' | 'drain' | undefined) ?? 'cut',
    maxLine: (values.get(maxLine.name) as number | undefined) ?? DEFAULT_MAX_LINE,
    debug: values.has(debug.name),
    ...(values.has(NAME.name) ? { name: values.get(NAME.name) as string } : {}),
  };
}

/** A stage's options with those given for all of its pipeline: what it has of its own stays; --eof is for the first. */
export function withinPipeline(own: CommonOptions, all: CommonOptions, isFirst: boolean): CommonOptions {
  return {
    ...own,
    quiet: own.quiet || all.quiet,
    debug: own.debug || all.debug,
    stats: own.stats === false ? all.stats : own.stats,
    maxLine: own.maxLine === DEFAULT_MAX_LINE ? all.maxLine : own.maxLine,
    eof: isFirst && all.eof === 'drain' ? 'drain' : own.eof,
  };
}
