import type { SideInput, SideOptions } from '../operators/side-input.ts';
import type { World } from '../operators/world.ts';
import type { Header } from '../stream/marker.ts';
import type { ForeignOptions } from './foreign-options.ts';
import type { Stage } from './stage.ts';

/** A kind of value that an option or argument takes. `parse` throws a TidemarkError that does not name the option. */
export interface ValueType<T> {
  /** The placeholder in help: `DURATION`. */
  readonly placeholder: string;
  parse(text: string): T;
  /** The words that may stand here, where they are few: for help, man page and completion. */
  readonly choices?: readonly string[];
}

export interface OptionSpec<T = unknown> {
  /** Long name without dashes: `late-to`. */
  readonly name: string;
  /** One letter, where it is customary. */
  readonly short?: string;
  /** Absent: a flag. */
  readonly value?: ValueType<T>;
  /** `--stats[=json]`: the value may be left out, and stands only behind `=`. */
  readonly optionalValue?: boolean;
  /** May be given several times; the option's value is the list. */
  readonly repeatable?: boolean;
  /** Help: imperative or a noun phrase, lower case, no full stop. */
  readonly help: string;
  /** A longer paragraph for the man page; sentences. */
  readonly details?: string;
  /** The default as it is shown in help. */
  readonly default?: string;
}

/** An option whose default is a value that its own `parse` reads: what help shows is what is used. */
export interface DefaultedOption<T> extends OptionSpec<T> {
  readonly value: ValueType<T>;
  readonly default: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

/** A command line with what it prints; run by a test in a folder that holds the examples' files. */
export interface Example {
  /** What it is for: a sentence without full stop. */
  readonly title: string;
  /** A shell line, as a user types it. */
  readonly command: string;
}

/** Words that may stand in an argument, with what each does: the aggregates, say. */
export interface WordList {
  /** Lower case, plural: `aggregates`. */
  readonly title: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
}

/** What a command (or a kind of one: `window fixed`) says about itself. */
export interface Syntax {
  readonly name: string;
  /** Imperative, lower case, no full stop: one line of help. */
  readonly summary: string;
  /** Paragraphs for the man page; sentences. */
  readonly description: readonly string[];
  readonly arguments: readonly ArgumentSpec[];
  readonly lists?: readonly WordList[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** Pages beside those that every command refers to: `tm-state.1`. */
  readonly seeAlso?: readonly string[];
}

/** A stream of a program that a stage looks into, as `--side` names stored ones. */
export interface ProgramStream {
  readonly options: SideOptions;
  /** What is known of it before it runs. */
  readonly header?: Header;
  /**
   * Begins to feed it; failures go to its `fail`.
   * @param again whether it must come again in the next run
   * @returns ends that
   * @throws TidemarkError `usage` where it cannot
   */
  feed(input: SideInput, world: World | undefined, again: boolean): () => Promise<void>;
}

/** What the command line gave: arguments in order, options by long name (absent when not given). */
export interface Given {
  readonly kind: string | undefined;
  readonly arguments: readonly string[];
  readonly options: ReadonlyMap<string, unknown>;
  /** What only a program can give, beside `--side`; undefined: nothing. */
  readonly streams?: readonly ProgramStream[];
}

/** A command whose first word is a kind (`window fixed`, `enrich table`) has its arguments and options there. */
export interface CommandSyntax extends Syntax {
  /** What it reads: records of the world outside, or a stream; `none`: it is about no stream. */
  readonly input: 'records' | 'stream' | 'none';
  readonly output: 'stream' | 'none';
  /** It keeps state between events: with --state it takes a --name. */
  readonly keepsState?: boolean;
  /** Each takes the options of the command too. */
  readonly kinds: readonly Syntax[];
  /**
   * What to write for a line whose first word is no kind (as other systems call it), or that has a word too many or too few,
   * without the command; undefined: it is not known.
   */
  readonly lineMeant?: (words: readonly string[]) => string | undefined;
  /** Options that it does not have, and what to do about each. */
  readonly foreignOptions?: ForeignOptions;
  /** What to do about an argument too many. */
  readonly noMore?: string;
  /** Its arguments are streams: in a pipeline's text one may be `<(…)`, a pipeline of its own. */
  readonly readsSeveral?: true;
  /** Whatever stands behind the first argument belongs to that, also what looks like an option: `run FILE --fast`. */
  readonly takesRest?: boolean;
}

/** A command that is a stage of a pipe. */
export interface CommandSpec extends CommandSyntax {
  /**
   * Loads what `build` needs that is only loaded where it is used: the language of expressions. To be awaited before;
   * undefined: it needs nothing. What is wrong with the arguments is told by `build`, but for what only then can be read.
   * @throws TidemarkError `usage`
   */
  load?(given: Given): Promise<void> | undefined;
  /** What of the words of a line may be a place that it writes branches to: also of a line that is refused. */
  placesIn?(words: readonly string[]): readonly string[];
  /** Checks what was given and makes the stage; throws a usage TidemarkError. Reads and writes nothing yet. */
  build(given: Given): Stage;
}

/** A kind with all options that it takes. */
export const withShared = (command: CommandSyntax, kind: Syntax): Syntax => ({
  ...kind,
  options: [...kind.options, ...command.options],
});

export const isStageCommand = (command: CommandSyntax): command is CommandSpec => 'build' in command;
