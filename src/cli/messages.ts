// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours

import type { TidemarkError } from '../errors.ts';
import { didYouMean } from '../expressions/suggestion.ts';
import type { StateLook } from '../runtime/state-look.ts';

/** Every fixed text that the command line itself shows to people: errors, notices, headings. */

/** `tm window` */
export const programName = (name: string): string => (name === 'tm' ? 'tm' : `tm ${name}`);

export const words = {
  usage: 'usage',
  kinds: 'kinds',
  arguments: 'arguments',
  options: 'options',
  commonOptions: 'options of every command',
  example: 'example',
  examples: 'examples',
  commands: 'commands',
  pages: 'pages',
  default: (value: string) => `default: ${value}`,
  repeatable: 'may be given several times',
  moreOfKind: (command: string) => `${command} KIND --help tells the options of a kind.`,
  moreInManual: (command: string) => `tm help ${command} opens the manual.`,
};

/** What `tm --help` says besides the commands' own summaries. */
export const overview = {
  title: 'event-time stream processing in shell pipes',
  usage: ['tm COMMAND [ARGUMENT…]', 'tm help [COMMAND|PAGE]', 'tm --version'],
  pages: [
    { name: 'stream', section: 5, summary: 'what crosses a pipe: events, markers, marked and plain streams' },
    { name: 'time', section: 7, summary: 'event time, watermarks, windows, triggers, what late means' },
    { name: 'formats', section: 5, summary: 'members and types of each format' },
    { name: 'expressions', section: 7, summary: 'what is computed from the members of an event' },
    { name: 'connectors', section: 7, summary: 'sources and sinks that are written outside of tidemark' },
    { name: 'functions', section: 7, summary: 'functions of your own in a stream: map, combine, enrich' },
  ],
  description: [
    'Small commands read and write NDJSON, a line for each event. Every event carries its event time, and marker lines between events carry the watermark: how far the stream is complete. The commands are joined by pipes.',
    'Each command is an executable of its own, `tm-source` beside `tm source`: `tm` loads the same command in its own process.',
  ],
  pagesIntroduction: 'What the commands share is told in:',
  more: 'tm COMMAND --help tells the options of a command, tm help COMMAND opens its manual.',
  exampleTitle: 'requests per 5 minutes of a web server log',
  example: 'tm source access.log --format combined | tm window fixed 5m | tm combine n=count | tm sink',
};

export const usage = {
  unknownOption: (flag: string, meant: string | undefined) => `unknown option '${flag}'${didYouMean(meant)}`,
  unknownKind: (word: string, meant: string | undefined, kinds: readonly string[]) =>
    meant === undefined
      ? `unknown kind '${word}': one of ${kinds.join(', ')}`
      : `unknown kind '${word}'${didYouMean(meant)}`,
  writeLine: (line: string) => `write ${line}`,
  givenTwice: (option: string) => `${option} is given twice`,
  oneList: (option: string) => `give all behind one, separated by commas: ${option} A,B`,
  unknownCommand: (word: string, meant: string | undefined) =>
    `unknown command '${word}'${didYouMean(meant)}`,
  optionOfKind: (command: string) => `options of a kind stand behind it: ${command} KIND [OPTION]…`,
  optionOfKinds: (lines: readonly string[]) => `it is an option of ${lines.join(' and of ')}`,
  noOption: (name: string, line: string) => `${name} stands without an option before it: ${line}`,
  seeOptions: (line: string) => `${line} --help lists the options`,
  takesNoValue: (option: string) => `${option} takes no value`,
  needsValue: (option: string, placeholder: string) => `${option} needs a value: ${placeholder}`,
  /** A reason that begins with the value itself does not have it told twice. */
  badValue: (option: string, text: string, reason: string) =>
    reason.startsWith(`'${text}'`) ? `${option}: ${reason}` : `${option} '${text}': ${reason}`,
  missingArgument: (name: string) => `${name} is missing`,
  missingKind: (kinds: readonly string[]) => `the kind is missing: one of ${kinds.join(', ')}`,
  tooMany: (word: string) => `'${word}' is one argument too many`,
  seeCommands: 'tm --help lists the commands',
};

/** What `tm run` says of a text. */
export const pipelineText = {
  noFile: 'FILE is missing: the text of a pipeline',
  noFileHint: (command: string) =>
    `name it, or give the text: ${programName(command)} -e 'source access.log | …'`,
  textForFile: 'the text of a pipeline stands where FILE does',
  textForFileHint: (command: string) => `give it by -e: ${programName(command)} -e 'source access.log | …'`,
  notFromStdin: 'the text cannot come from standard input: the events do',
  noText: (file: string) => `${file} is no text in UTF-8`,
  emptyStage: 'nothing is left of this stage: its parameters are empty',
  emptyStageHint: 'give them a default: ${NAME:-…}',
  unknownStage: (word: string, meant: string | undefined) =>
    `'${word}' is no command of tm${didYouMean(meant)}`,
  unknownStageHint: 'stages are commands of tm; with other programs between them, the text is one for sh',
  noStage: (name: string) => `${programName(name)} is no stage of a pipeline`,
  noStageHint: 'run it by itself',
  assignment: (name: string) => `${name} cannot be set here`,
  assignmentHint: (word: string) => `set it before: ${word.split('=', 1)[0]}=… tm run FILE`,
  fileOfFolder: (file: string) => `a file is named with its folder: ./${file}`,
  otherProgram: (file: string) => `${file} is a program, and no text of a pipeline`,
  runsItself: (file: string) => `${file} runs itself`,
  runsItselfBy: (file: string, others: readonly string[]) =>
    `${file} runs itself, by way of ${others.join(' and ')}`,
  ofWholeRun: (option: string) => `${option} is about the run as a whole`,
  ofWholeRunHint: (option: string) => `give it to the tm run that is started: tm run ${option} …`,
  asksForHelp: (action: string) => `--${action} asks for no events`,
  notFirst: 'a source can only be the first stage',
  notFirstHint: 'one source reads several locations: tm source FILE FILE',
  notLast: 'a sink can only be the last stage',
  notLastHint: 'leave it out, or what is behind it',
  noInput: (name: string) => `<(…) is no input of ${programName(name)}`,
  noInputHint:
    'tm merge reads several streams: tm merge <(…) <(…), and --side looks into one: --side NAME=<(…)',
  inputWithoutSource: 'a pipeline in <(…) begins with what it reads',
  inputWithoutSourceHint: 'begin it with tm source, or tm merge',
  inputOfStdin: 'standard input is read by the pipeline itself, not in <(…)',
  inputOfStdinHint: 'let - be an input of the tm merge around it',
  keptSide: '--state: a side input is read again by each run, and keeps no state',
  keptSideHint: 'leave --state out in <(…)',
  unkept: (directory: string): string =>
    `another source of the text keeps state in ${directory}, and this one keeps none: after a restart it would come again from its start`,
  unkeptHint: (directory: string): string => `give all sources the same: --state ${directory}`,
  keptElsewhere: (directory: string, other: string): string =>
    `--state ${directory}: another source of the text keeps state in ${other}, and the epochs of both are the same`,
  otherIfRunning: '--if-running is another one than that of a source before',
  otherIfRunningHint: 'it holds for the whole run: say it once',
  keptUnfused: '--unfused: the sources of several processes cannot keep state together',
  keptUnfusedHint: 'leave --unfused out: one process keeps it for all',
  branchInSide: (place: string) =>
    `'${place}' is a branch of the stream that waits for this side input: both would wait for ever`,
  branchInSideHint: 'begin the side input with a tm source of its own',
  circle: (place: string) => `'${place}' is written by a stage behind it, which would wait for it`,
  circleHint: 'a stream goes one way: name what a stage before it writes',
  notBefore: 'what stands before it is none of its inputs',
  notBeforeHint: 'call it - : … | tm merge - <(…)',
  eofOfSource: '--eof is about a stream on standard input, and this pipeline has a source',
  eofOfSourceHint: 'leave it out',
  runsIn: (names: readonly string[], unfused: boolean) =>
    unfused && names.length > 1
      ? `${names.length} processes joined by pipes: ${names.join(', ')}`
      : `one process: ${names.join(', ')}`,
  workers: (count: number, names: readonly string[]) =>
    `${count} threads read and combine blocks of large files: ${names.join(', ')}`,
  oneThread: (reason: string) => `--workers has no effect: ${reason}`,
  small: 'no file is large enough',
  oneThreadHint: 'tm run --help tells what it takes, in --workers',
  readsStream: 'reads a stream from standard input',
  writesStream: 'writes a stream to standard output',
};

/** What `tm state` says. */
export const stateWords = {
  situation: ({ running, attempt, committed }: Pick<StateLook, 'running' | 'attempt' | 'committed'>) => {
    if (running) return `a run is going on: attempt ${attempt}`;
    if (committed === null) return 'no run is going on: the next one begins anew';
    if (committed.drained) return 'no run is going on: the stream was drained, and is complete';
    return `no run is going on: the next one goes on behind epoch ${committed.epoch}`;
  },
  committed: (epoch: number, at: string, attempt: number) =>
    `epoch ${epoch} was committed at ${at} by attempt ${attempt}`,
  notCommitted: 'not part of the committed epoch',
  position: 'position',
  watermark: 'watermark',
  keys: 'keys',
  windows: 'open windows',
  held: 'events held',
  onDisk: 'on disk',
  complete: 'end',
  noWatermark: 'none yet',
  notBegun: 'not begun',
  noFile: 'no file: stdout, a device or a module',
  bytes: (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'byte' : 'bytes'}`,
  files: (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'file' : 'files'} read`,
  manyFiles: (count: number, bytes: number) =>
    `${count.toLocaleString('en')} files: ${bytes.toLocaleString('en')} bytes`,
  line: (line: number) => `line ${line.toLocaleString('en')}`,
  byte: (byte: number, size: number | null) =>
    `byte ${byte.toLocaleString('en')}${size === null ? '' : ` of ${size.toLocaleString('en')}`}`,
  whole: 'all that the committed epoch needs is there and whole',
};

/** What `tm check` says. */
export const checkWords = {
  unknownEvents: 'events of any members',
  sameEvents: 'the same',
  inWindows: (windows: string) => `in windows: ${windows}`,
  end: 'writes them out',
  wrong: 'is wrong',
  input: (of: number | string | undefined) => {
    if (of === undefined) return 'input';
    return typeof of === 'number' ? `input ${of + 1}` : `side input ${of}`;
  },
  missingHint: 'a run would fail now; it may still come',
  otherDirectory: (own: string, name: string) => `the pipeline keeps its state in ${own}, not in ${name}`,
  added: (name: string) => `new, and begins empty: ${name}`,
  lost: (name: string) => `given up: ${name}`,
  goesOn: (epoch: number | null) =>
    epoch === null ? 'the pipeline would begin anew' : `the pipeline would go on behind epoch ${epoch}`,
  refused: 'the pipeline would be refused: --reset-state at the source begins anew',
  drained: 'the stream is complete: new input would be refused',
};

/** What `tm test` says. */
export const testWords = {
  noFile: 'there is no test file: *.tmtest',
  noFileHint: 'name it, or a folder that has some: tm test FILE',
  noCase: (only: string) => `no case has '${only}' in its name`,
  noCaseHint: 'names stand behind === in the test files',
  caseAt: (file: string, line: number, name: string | undefined) =>
    name === undefined ? file : `${file}: line ${line}: ${name}`,
  differs: (what: string) => `${what} ${what === 'messages' ? 'differ' : 'differs'}: - expected, + found`,
  asJson: (what: string) =>
    `as values of JSON they are equal: --- output ${what === 'output' ? '' : `${what} `}as json`,
  beside: (file: string) => `${file} is beside the test file: name it below --- files, and the run finds it`,
  notWritten: (file: string) => `${file} was not written`,
  code: (expected: number | undefined, found: number) =>
    `the exit code is ${found}, and not ${expected ?? 'that of a failure'}`,
  tookTooLong: 'it took too long (--time-limit)',
  moreLines: (count: number) => `… and ${count.toLocaleString('en')} lines more`,
  updated: (file: string) => `${file}: written anew`,
  summary: ({ cases, files, failed }: { cases: number; files: number; failed: number }) => {
    const all = `${counted(cases, 'case')} in ${counted(files, 'file')}`;
    return failed === 0 ? `${all}: all passed` : `${all}: ${failed.toLocaleString('en')} failed`;
  },
};

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

export const exitWords = [
  { code: '0', meaning: 'the work is done, or nobody reads the output any more' },
  { code: '1', meaning: 'it failed' },
  { code: '2', meaning: 'the command line is wrong' },
  { code: '3', meaning: 'the input was cut off: the command before it failed or was killed' },
  {
    code: '130, 143',
    meaning:
      'a source was interrupted by SIGINT or SIGTERM; what reads a stream goes on to the end that the source gives it, and a second signal stops it at once',
  },
] as const;

export const manual = {
  /** Of the pages as they are now, not of the day on which they were made: the same specs give the same bytes. */
  date: 'November 21, 2026',
  rendered: 'Rendered from src/commands by npm run man.',
  alsoAs: (name: string, command: string) => `\`${name}\` is the same as \`${command}\`.`,
  unknownPage: (word: string, meant: string | undefined) => `there is no page '${word}'${didYouMean(meant)}`,
  /** When neither man nor a text of our own can show the page. */
  noMan: (path: string) => `there is no man program here to show ${path}`,
};

/** `tm window: line 42, column 7: message` */
export const errorLine = (name: string, error: TidemarkError): string =>
  `${programName(name)}: ${errorText(error)}`;

/** The same without the program: `line 42, column 7: message` */
export const errorText = (error: TidemarkError): string =>
  [error.where, placeOf(error), error.message].filter((part) => part !== undefined).join(': ');

function placeOf({ line, column }: TidemarkError): string | undefined {
  if (line === undefined) return undefined;
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

export const noticeLine = (name: string, message: string): string => `${programName(name)}: ${message}`;

/** A hint that shows the usage has its own word before it. */
export const hintLine = (hint: string): string =>
  hint.startsWith(`${words.usage}: `) ? `  ${hint}` : `  hint: ${hint}`;

export const internalError = (name: string, error: unknown): string =>
  `${programName(name)}: internal error: ${oneLine(error instanceof Error ? error.message : String(error))}`;

export const internalHint =
  'this is a fault of tidemark: run it again with --debug, and report what it says then';

/** The stack of an error, and of what caused it. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');

/** Counters with a wording of their own; the others are told by their names. */
const COUNTER_WORDS: Readonly<Record<string, string>> = { events_in: 'events in', events_out: 'events out' };

/** `tm combine: 10,000 events in, 74 events out, 0.31 s` */
export function statsText(name: string, counters: ReadonlyMap<string, number>): string {
  if (counters.size === 0) return noticeLine(name, 'nothing was counted');
  const parts = [...counters].map(([counter, value]) =>
    counter === 'milliseconds'
      ? `${(value / 1000).toFixed(2)} s`
      : `${value.toLocaleString('en')} ${COUNTER_WORDS[counter] ?? counter.replaceAll('_', ' ')}`,
  );
  return `${programName(name)}: ${parts.join(', ')}`;
}

/** One JSON object: the stage and its counters, durations in milliseconds. */
export const statsJson = (name: string, counters: ReadonlyMap<string, number>): string =>
  JSON.stringify({ stage: name, ...Object.fromEntries(counters) });
