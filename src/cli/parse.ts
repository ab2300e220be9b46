import { Argument, Command, CommanderError, Option } from 'commander';
import {
  type CommandSyntax,
  type Given,
  type OptionSpec,
  type Syntax,
  withShared,
} from '../commands/spec.ts';
import { filesAreRead, looksLikeFile } from '../commands/stray-words.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { type CommonOptions, commonOptionsOf, HELP, readCommonOptions, VERSION } from './common-options.ts';
import { programName, usage, words } from './messages.ts';
import { usageLine } from './synopsis.ts';

/** Stands for the value of an option that has none; no word of a command line can be it. */
const NO_VALUE = '\0';

/** What a command line asks for. */
export type CommandLine =
  | { readonly action: 'help'; readonly kind: Syntax | undefined }
  | { readonly action: 'version' }
  | { readonly action: 'run'; readonly given: Given; readonly common: CommonOptions };

/**
 * Reads the words behind a command's name.
 * @throws TidemarkError `usage`
 */
export function parseCommandLine(spec: CommandSyntax, words: readonly string[]): CommandLine {
  return new Parser(spec).parse(words);
}

/** `--help` or `--version` was met: whatever else is wrong with the line does not matter then. */
class Asked {
  readonly line: CommandLine;
  constructor(line: CommandLine) {
    this.line = line;
  }
}

class Parser {
  readonly #spec: CommandSyntax;
  readonly #common: readonly OptionSpec[];
  /** Values by long name: first the common options, then the command's own. */
  readonly #commonValues = new Map<string, unknown>();
  readonly #values = new Map<string, unknown>();
  readonly #root: Command;
  /** The kind whose name was met; stays undefined for a command without kinds. */
  #kind: Syntax | undefined;
  #arguments: readonly string[] = [];
  /** As they were given. */
  #words: readonly string[] = [];

  constructor(spec: CommandSyntax) {
    this.#spec = spec;
    this.#common = commonOptionsOf(spec);
    this.#root = spec.kinds.length === 0 ? this.#commandOf(spec, undefined) : this.#withKinds(spec);
  }

  parse(words: readonly string[]): CommandLine {
    this.#words = words;
    try {
      this.#root.parse(this.#withEqualsSigns(words), { from: 'user' });
    } catch (error) {
      if (error instanceof Asked) return error.line;
      throw error instanceof CommanderError ? this.#translated(error) : error;
    }
    return {
      action: 'run',
      given: { kind: this.#kind?.name, arguments: this.#arguments, options: this.#values },
      common: readCommonOptions(this.#commonValues),
    };
  }

  #withKinds(spec: CommandSyntax): Command {
    const root = this.#bareCommand(spec.name).enablePositionalOptions();
    this.#addOptions(root, spec.options, undefined);
    for (const kind of spec.kinds) root.addCommand(this.#commandOf(withShared(spec, kind), kind));
    return root;
  }

  #commandOf(syntax: Syntax, kind: Syntax | undefined): Command {
    const command = this.#bareCommand(syntax.name);
    this.#addOptions(command, syntax.options, kind);
    for (const { name, required, variadic } of syntax.arguments) {
      const word = variadic ? `${name}...` : name;
      command.addArgument(new Argument(required ? `<${word}>` : `[${word}]`));
    }
    command.action(() => {
      this.#kind = kind;
      this.#arguments = command.args;
    });
    return command;
  }

  #bareCommand(name: string): Command {
    return new Command(name)
      .helpOption(false)
      .helpCommand(false)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
      .passThroughOptions(this.#spec.takesRest === true);
  }

  #addOptions(command: Command, own: readonly OptionSpec[], kind: Syntax | undefined): void {
    for (const option of own) this.#addOption(command, option, this.#values);
    for (const option of this.#common) this.#addOption(command, option, this.#commonValues);
    command.on(`option:${HELP.name}`, () => {
      throw new Asked({ action: 'help', kind });
    });
    command.on(`option:${VERSION.name}`, () => {
      throw new Asked({ action: 'version' });
    });
  }

  #addOption(command: Command, option: OptionSpec, values: Map<string, unknown>): void {
    const { name, short, value } = option;
    const long = short === undefined ? `--${name}` : `-${short}, --${name}`;
    if (value === undefined) {
      command.addOption(new Option(long));
      command.on(`option:${name}`, () => values.set(name, true));
      return;
    }
    const shape = option.optionalValue ? `[${value.placeholder}]` : `<${value.placeholder}>`;
    command.addOption(new Option(`${long} ${shape}`));
    command.on(`option:${name}`, (text: string) => {
      const parsed = text === NO_VALUE ? true : parseValue(option, text);
      if (!option.repeatable) {
        if (values.has(name)) throw givenTwice(option);
        values.set(name, parsed);
      } else values.set(name, [...((values.get(name) as unknown[] | undefined) ?? []), parsed]);
    });
  }

  /** commander takes the next word for an optional value; ours stands behind `=` only: `--stats` becomes `--stats=` with NO_VALUE. */
  #withEqualsSigns(words: readonly string[]): string[] {
    const options = [
      ...this.#common,
      ...this.#spec.options,
      ...this.#spec.kinds.flatMap((kind) => kind.options),
    ];
    const named = new Map<string, OptionSpec>(
      options.flatMap((option) => [
        [`--${option.name}`, option] as const,
        ...(option.short === undefined ? [] : [[`-${option.short}`, option] as const]),
      ]),
    );
    const result: string[] = [];
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      const rest = this.#spec.takesRest === true && !word.startsWith('-');
      if (word === '--' || rest) return [...result, ...words.slice(i)];
      const option = named.get(word);
      result.push(option?.optionalValue ? `${word}=${NO_VALUE}` : word);
      const next = words[i + 1];
      if (option?.value !== undefined && !option.optionalValue && next !== undefined) {
        result.push(next);
        i++;
      }
    }
    return result;
  }

  /** What commander says, in our words. */
  #translated(error: CommanderError): TidemarkError {
    const [, subject = ''] = /'(.*?)'/s.exec(error.message) ?? [];
    const [, suggestion] = /\(Did you mean (.*)\?\)/s.exec(error.message) ?? [];
    const meant = suggestion?.replace(/^one of /, '').replace(/, (?=[^,]*$)/, ' or ');
    switch (error.code) {
      case 'commander.unknownOption':
        return this.#unknownOption(subject, meant);
      case 'commander.unknownCommand':
        return this.#unknownKind(subject, meant);
      case 'commander.missingArgument':
        return this.#meant(usage.missingArgument(subject)) ?? this.#wrong(usage.missingArgument(subject));
      case 'commander.optionMissingArgument': {
        const [, name = subject] = /(--[^ ]+)/.exec(subject) ?? [];
        const placeholder = /[<[](.*)[>\]]/.exec(subject)?.[1] ?? '';
        return this.#wrong(usage.needsValue(name, placeholder));
      }
      case 'commander.excessArguments':
        return this.#tooMany();
      case 'commander.help':
        return this.#wrong(usage.missingKind(this.#spec.kinds.map(({ name }) => name)));
      default:
        return this.#wrong(error.message);
    }
  }

  #unknownKind(word: string, suggestion: string | undefined): TidemarkError {
    const kinds = this.#spec.kinds.map(({ name }) => name);
    const message = usage.unknownKind(word, suggestion, kinds);
    return this.#meant(message) ?? this.#wrong(message);
  }

  #tooMany(): TidemarkError {
    const { input, name, noMore } = this.#spec;
    const word = this.#firstExcess();
    const message = usage.tooMany(word);
    if (input === 'stream' && looksLikeFile(word)) return usageError(message, filesAreRead(word, name));
    const told = noMore === undefined ? this.#wrong(message) : usageError(message, noMore);
    return this.#meant(message) ?? told;
  }

  /** Undefined: the command does not know what was meant by the line. */
  #meant(message: string): TidemarkError | undefined {
    const line = this.#spec.lineMeant?.(this.#words);
    return line === undefined
      ? undefined
      : usageError(message, usage.writeLine(`${programName(this.#spec.name)} ${line}`));
  }

  #unknownOption(flag: string, suggestion: string | undefined): TidemarkError {
    const [name = flag] = flag.split('=');
    const known = this.#visibleOptions().find((option) => `--${option.name}` === name);
    if (known !== undefined && known.value === undefined) return this.#wrong(usage.takesNoValue(name));
    const bare = name.replace(/^-*/, '');
    const foreign = this.#spec.foreignOptions?.find(([pattern]) => pattern.test(bare));
    const ofOthers = this.#spec.kinds.some((kind) => kind.options.some((option) => option.name === bare));
    if (foreign !== undefined && !ofOthers)
      return usageError(usage.unknownOption(flag, undefined), foreign[1]);
    // Before a kind is named, commander knows nothing of the options that kinds have.
    const ofKinds = this.#met() === undefined ? this.#spec.kinds.flatMap((kind) => kind.options) : [];
    const flags = ofKinds.map((option) => `--${option.name}`);
    const meant = suggestion ?? nearestWord(name, flags);
    const message = usage.unknownOption(flag, meant === flag ? undefined : meant);
    if (meant === undefined) return usageError(message, this.#noOptionHint(name));
    if (!flags.includes(meant)) return new TidemarkError('usage', message);
    return usageError(message, usage.optionOfKind(programName(this.#spec.name)));
  }

  /** What an option that is near no other may have been meant for. */
  #noOptionHint(flag: string): string {
    const name = flag.replace(/^-*/, '');
    const kind = this.#met();
    const command = programName(this.#spec.name);
    const line = kind === undefined ? command : `${command} ${kind.name}`;
    const argument = (kind ?? this.#spec).arguments.find((each) => each.name.toLowerCase() === name);
    if (argument !== undefined)
      return usage.noOption(
        argument.name,
        usageLine(line, kind === undefined ? this.#spec : withShared(this.#spec, kind)),
      );
    const others = this.#spec.kinds.filter((each) => each.options.some((option) => option.name === name));
    if (others.length > 0) return usage.optionOfKinds(others.map((each) => `${command} ${each.name}`));
    return usage.seeOptions(line);
  }

  #wrong(message: string): TidemarkError {
    const kind = this.#met();
    const command = programName(this.#spec.name);
    const line =
      kind !== undefined
        ? usageLine(`${command} ${kind.name}`, withShared(this.#spec, kind))
        : this.#spec.kinds.length > 0
          ? `${command} KIND …`
          : usageLine(command, this.#spec);
    return new TidemarkError('usage', message, { hint: `${words.usage}: ${line}` });
  }

  /** The kind that the line named, also when the line was wrong behind it. */
  #met(): Syntax | undefined {
    return this.#spec.kinds.find(({ name }) => name === this.#root.args[0]);
  }

  #visibleOptions(): readonly OptionSpec[] {
    return [...this.#common, ...this.#spec.options, ...(this.#met()?.options ?? [])];
  }

  #firstExcess(): string {
    const kind = this.#met();
    const command = this.#root.commands.find((candidate) => candidate.name() === kind?.name) ?? this.#root;
    return command.args[command.registeredArguments.length] ?? '';
  }
}

function givenTwice({ name, value }: OptionSpec): TidemarkError {
  const flag = `--${name}`;
  const list = value?.placeholder === 'FIELDS' || value?.placeholder === 'NAMES';
  return usageError(usage.givenTwice(flag), list ? usage.oneList(flag) : undefined);
}

/** A parser of values does not know the option's name: it is told here. */
function parseValue(option: OptionSpec, text: string): unknown {
  try {
    return option.value!.parse(text);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const { message, hint } = error;
    const told = usage.badValue(`--${option.name}`, text, message);
    throw new TidemarkError('usage', told, hint === undefined ? {} : { hint });
  }
}
