import type { ArgumentSpec, CommandSyntax, OptionSpec, Syntax } from '../commands/spec.ts';
import { programName } from './messages.ts';

/** With more options than this, the usage line does not list them. */
const LISTED_OPTIONS = 3;

/** `--delay DURATION`, `--stats[=FORMAT]`, `--quiet` */
export function optionWord(option: OptionSpec): string {
  const long = `--${option.name}`;
  if (option.value === undefined) return long;
  return option.optionalValue
    ? `${long}[=${option.value.placeholder}]`
    : `${long} ${option.value.placeholder}`;
}

/** `AGGREGATE…`, `[LOCATION…]` */
export function argumentWord(argument: ArgumentSpec): string {
  const word = argument.variadic ? `${argument.name}…` : argument.name;
  return argument.required ? word : `[${word}]`;
}

/** One usage line for a command, or for each of its kinds. */
export function usageLines(spec: CommandSyntax): string[] {
  const command = programName(spec.name);
  if (spec.kinds.length === 0) return [usageLine(command, spec)];
  return spec.kinds.map((kind) => usageLine(`${command} ${kind.name}`, kind));
}

/**
 * What is written behind an argument that takes the rest belongs to that: options stand before it.
 * @param command with the kind: `tm window fixed`
 */
export function usageLine(command: string, syntax: Syntax & Pick<CommandSyntax, 'takesRest'>): string {
  const { length } = syntax.options;
  const options =
    length > LISTED_OPTIONS ? ['[OPTION]…'] : syntax.options.map((option) => `[${optionWord(option)}]`);
  const words = syntax.arguments.map(argumentWord);
  return [command, ...(syntax.takesRest === true ? [...options, ...words] : [...words, ...options])].join(
    ' ',
  );
}
