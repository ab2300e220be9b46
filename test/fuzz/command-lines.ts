import { Buffer } from 'node:buffer';
import { commandHelp } from '../../src/cli/help.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { createReporter } from '../../src/cli/reporter.ts';
import { plain } from '../../src/cli/terminal.ts';
import { commands } from '../../src/commands/registry.ts';
import type { CommandSpec, CommandSyntax, OptionSpec } from '../../src/commands/spec.ts';
import { Xoshiro128 } from '../../src/connectors/xoshiro.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { Finding } from './lines.ts';
import { Choice, mutate } from './mutation.ts';

/** Words that mean something somewhere. */
const WORDS: readonly string[] = [
  ...['n=count', 'sum(bytes)', 'p95 = quantile(bytes, 0.95)', 'topk(path, 3)', 'first(a.b[0])', 'count(x)'],
  ...['mean( bytes )', 'a = max(["user-id"])', 'list(x', 'quantile(x, 1.5)', 'stddev()', 'distinct(@t)'],
  ...[
    '5m',
    '1h30m',
    'PT1H',
    '0s',
    '-7s',
    '1.5d',
    '1e9s',
    '500ms',
    '2015-05-17',
    '2015-05-17T10:05:00Z',
    '10',
  ],
  ...[
    'a,b.c',
    'user=id',
    '[0]',
    '["x"].y',
    'status',
    '-n,path',
    'a=b,c=d',
    'time',
    '@w',
    '{status}',
    '{a.b}',
  ],
  ...['ndjson', 'csv', 'combined', 'regex:(?<a>.)', 'regex:(', 'stream', 'table', 'left', 'inner', 'keep'],
  ...[
    'epoch-s',
    '%Y-%m-%d',
    '%Q',
    '%',
    'Europe/Berlin',
    '+02:00',
    'Nowhere/None',
    'arrival',
    'none',
    '0',
    '1',
  ],
  ...[
    'access.log',
    '-',
    '',
    'generate:count=3',
    'generate:count=x',
    'file:///etc/none',
    'kafka://x/y',
    '*.log',
  ],
  ...[
    'http://localhost:1/{id}',
    'https://example.com/{a}/{b}?c={d}',
    'rate = n / 60',
    'x = sum(bytes / 1024) where status >= 500',
    'share = count().where(a == 1) / count()',
    'path.matches("(")',
    'class = int(status / 100)',
    'lower(host)=host, a == b ? 1 : 2 = c',
    'https://example.com/{lower(a)}?x={b > 1 ? "}" : c}',
    'out/{upper(a)}/{n % 2:%Y}.csv',
    '{upper(method)} {[1, {"a": n}]} {',
    'e = -(-9223372036854775808) % 0',
    'a.filter(x, x in [1, null]).map(y, y + "\\u{1f600}")[0]',
    'http://',
    'skip',
    'fail',
    'drain',
    'json',
  ],
  ...[
    '--',
    '--help',
    '--version',
    '-h',
    '--nonsense',
    '--by',
    '--format=',
    '--delay=5m',
    '-q',
    '--stats=json',
  ],
];

/** Values that options of a placeholder take, so that many lines get past their parsers. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  DURATION: ['5m', '1h30m', 'PT1H', '0s', '500ms', '2d'],
  FIELDS: ['status', 'a,b.c', '["x"],y[0]', '-n,path', 'int(a / 2)', 'c = a + 1,b'],
  'FIELD[=COLUMN],…': ['host', 'lower(a)=b', 'a == 1 ? b : c = d,e', 'int(a'],
  NAMES: ['n', '-n', 'n / 2,-status', 'n * (1'],
  TEXT: ['{a}', '{upper(a)} {b:%Y}', '{a + 1}{{}}', '{a ? "}" : b', 'é'],
  FIELD: ['ts', 'a.b', '["t"]'],
  N: ['1', '100', '0', '9007199254740991'],
  SIZE: ['1', '64KiB', '16MiB'],
  TIME: ['2015-05-17', '2015-05-17T10:05:00Z', '1431857103'],
  FORMAT: ['ndjson', 'csv', 'combined', 'rfc3339', '%Y-%m-%d %H:%M', 'json', 'table'],
  ZONE: ['UTC', 'Europe/Berlin', '-03:30'],
};

export interface CommandFuzzOptions {
  /** Below 2²⁰. */
  readonly seed: number;
  /** The first case, and how many lines are tried from there on. */
  readonly from?: number;
  readonly lines: number;
  /** Told of each case before it is tried. */
  onCase?(index: number): void;
}

/** Parses command lines that nobody would write, and builds their stages, which reads and writes nothing. */
export async function fuzzCommandLines({
  seed,
  from = 0,
  lines,
  onCase,
}: CommandFuzzOptions): Promise<{ built: number; findings: readonly Finding[] }> {
  const specs = await Promise.all(commands.map(({ load }) => load()));
  const findings: Finding[] = [];
  let built = 0;
  for (let index = from; index < from + lines && findings.length < 10; index++) {
    onCase?.(index);
    const choice = new Choice(new Xoshiro128(seed * 2 ** 32 + index));
    const spec = choice.of(specs);
    const words = wordsFor(spec, choice);
    try {
      if (await tryLine(spec, words)) built++;
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      findings.push({ index, what, input: `${spec.name} ${JSON.stringify(words)}` });
    }
  }
  return { built, findings };
}

/** Whether the line gave a stage. @throws what is no refusal, or is a refusal that cannot be printed as one */
async function tryLine(spec: CommandSyntax | CommandSpec, words: readonly string[]): Promise<boolean> {
  try {
    const line = parseCommandLine(spec, words);
    if (line.action === 'help') commandHelp(spec, line.kind, 80, plain);
    if (line.action !== 'run') return false;
    // `tm run` has no stage of its own: it would read its file.
    if (!('build' in spec)) return false;
    await spec.load?.(line.given);
    spec.build(line.given);
    return true;
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    if (error.code !== 'usage') throw new Error(`it is refused as ${error.code}: ${error.message}`);
    let told = '';
    createReporter({ quiet: false, debug: false, stats: false }, plain, (text) => (told += text)).error(
      spec.name,
      error,
    );
    const printed = told.split('\n').length - 1;
    if (printed > (error.hint === undefined ? 1 : 2))
      throw new Error(`the refusal has ${printed} lines: ${told}`);
    if (error.message === '') throw new Error('the refusal says nothing');
    return false;
  }
}

function wordsFor(spec: CommandSyntax, choice: Choice): string[] {
  const words: string[] = [];
  const kind = spec.kinds.length > 0 && !choice.once(10) ? choice.of(spec.kinds) : undefined;
  if (kind !== undefined) words.push(kind.name);
  const options = [...spec.options, ...(kind?.options ?? [])];
  for (let count = choice.below(6); count > 0; count--) {
    if (options.length === 0 || choice.once(2)) words.push(wordOf(WORDS, choice));
    else words.push(...optionWords(choice.of(options), choice));
  }
  return words;
}

function optionWords(option: OptionSpec, choice: Choice): string[] {
  const name = wordOf([`--${option.name}`], choice, 40);
  if (option.value === undefined && !choice.once(20)) return [name];
  const { choices, placeholder = '' } = option.value ?? {};
  const fitting = choices ?? VALUES[placeholder.replace(/[^A-Z].*$/, '')] ?? WORDS;
  const value = wordOf(choice.once(8) ? WORDS : fitting, choice);
  return choice.once(3) ? [`${name}=${value}`] : [name, value];
}

/** One of the words, mutated once in `often`; an argument of a process has no NUL. */
function wordOf(words: readonly string[], choice: Choice, often = 3): string {
  const word = choice.of(words);
  if (!choice.once(often)) return word;
  const bytes = mutate(Buffer.from(word), Buffer.from(choice.of(WORDS)), choice);
  return bytes.toString('utf8').replaceAll('\0', '');
}
