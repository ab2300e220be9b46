import { TidemarkError } from '../errors.ts';
import type { ProgramEnd } from './program.ts';

/** What is wrong with what somebody else's program does, and what to do about it. */

type Command = readonly string[];

/** What has a program write each line when it has it, instead of some thousand bytes at a time. */
const UNBUFFERED: Readonly<Record<string, string>> = {
  jq: 'jq --unbuffered',
  grep: 'grep --line-buffered',
  egrep: 'egrep --line-buffered',
  sed: 'sed -u',
  awk: 'fflush() behind each print',
  gawk: 'fflush() behind each print',
  mawk: 'mawk -W interactive, with fflush() behind each print',
  python: 'python -u',
  python3: 'python3 -u',
  perl: '$| = 1 at the start',
};

/** `/usr/bin/jq` is jq. */
const nameOf = ([program = '']: Command): string => program.slice(program.lastIndexOf('/') + 1);

export const heldBack = (command: Command, owed: number, after: string): TidemarkError =>
  new TidemarkError(
    'failed',
    `${nameOf(command)} has written nothing for ${after}, and owes ${owed === 1 ? 'a line' : `${owed.toLocaleString('en')} lines`}: most likely it keeps them in a buffer`,
    {
      hint: `have it write line by line: ${UNBUFFERED[nameOf(command)] ?? `stdbuf -oL ${nameOf(command)} …`}; --timeout gives a slow command more time`,
    },
  );

export const tooFew = (command: Command, owed: number): TidemarkError =>
  new TidemarkError(
    'failed',
    `${nameOf(command)} reads no more, and wrote ${owed.toLocaleString('en')} ${owed === 1 ? 'line' : 'lines'} fewer than it was given`,
    { hint: 'with --lines it must write one for each; without --lines it may write any number' },
  );

export const tooMany = (command: Command, line: number): TidemarkError =>
  new TidemarkError(
    'failed',
    `line ${line} that ${nameOf(command)} wrote is one more than it was given until then`,
    { hint: 'with --lines it must write one for each; without --lines it may write any number' },
  );

export const tooEarly = (command: Command, line: number, time: string, floor: string): TidemarkError =>
  new TidemarkError(
    'failed',
    `line ${line} that ${nameOf(command)} wrote is at ${time}, before ${floor}, from where on events may come`,
    { hint: 'let it write @t as it has read it' },
  );

export const writesMarkers = (command: Command): TidemarkError =>
  new TidemarkError('failed', `${nameOf(command)} has written markers of a stream of its own`, {
    hint: 'a command that knows the markers stands in the pipe without tm apply',
  });

export function endedBadly(command: Command, { code, signal, lastWords }: ProgramEnd): TidemarkError {
  const how = signal === undefined ? `has ended with the status ${code}` : `was ended by ${signal}`;
  const said = lastWords === undefined ? '' : `: ${lastWords}`;
  const name = nameOf(command);
  const isEmptyGrep = /^[ef]?grep$/.test(name) && code === 1;
  return new TidemarkError('failed', `${name} ${how}${said}`, {
    hint: isEmptyGrep
      ? `that is how grep says that no line matched; where that is fine: sh -c '${name} PATTERN || test $? = 1'`
      : `try it alone on a line of the stream: ${command.join(' ')}`,
  });
}
