import { js } from '../aggregates/js.ts';
import { aggregateGroups } from '../aggregates/registry.ts';
import { toldAt, usageError } from '../errors.ts';
import {
  type AggregateArgument,
  type ComputedArgument,
  parseResultArguments,
} from '../expressions/aggregate-argument.ts';
import { splitPieces } from '../expressions/call.ts';
import { finishLoads, loadFor, parseComputedLate } from '../expressions/late-language.ts';
import { ANY, type Type } from '../expressions/type.ts';
import { nameOfPath } from '../json/path.ts';
import { CombineByFiring } from '../operators/combine-by-firing.ts';
import { CombineParts, combinePart } from '../operators/combine-in-parts.ts';
import type { CombineOptions } from '../operators/combine-options.ts';
import type { ComputedMember, Result } from '../operators/computed-results.ts';
import type { Operator } from '../operators/operator.ts';
import type { Order } from '../operators/pane-writer.ts';
import { byteSize } from './byte-size.ts';
import type { ProgramCombiners } from './combine-js.ts';
import { COMBINE_FOREIGN } from './foreign-options.ts';
import { BY, keyOf, LATE_TO, REJECTED_TO, sideFiles } from './options.ts';
import type { CommandSpec, DefaultedOption, Given, OptionSpec } from './spec.ts';
import type { Stage } from './stage.ts';
import { strayAmongAggregates } from './stray-words.ts';
import { COUNT, flag, option, optionOrDefault } from './values.ts';

/** Takes a list apart at its commas. */
function parseOrder(text: string): string[] {
  const bare = text.split(',').map((name) => name.trim());
  return /[("'[]/.test(text) ? splitPieces(text).map((piece) => piece.text) : bare;
}

const order: OptionSpec<string[]> = {
  name: 'order',
  value: { placeholder: 'NAMES', parse: parseOrder },
  help: 'order the results of a window by these; -NAME: descending',
  details:
    'Names of results or of key fields, or what is computed of these: `n / total`. Equal ones come in the order of their keys.',
  default: 'by key',
};

const limit: OptionSpec<number> = {
  name: 'limit',
  value: COUNT,
  help: 'write the first N results of each window only',
};

const memory: DefaultedOption<number> = {
  name: 'memory',
  value: byteSize(1024),
  help: 'memory that groups may take before they go to disk',
  details:
    'Larger state is written to $TMPDIR, with --state into its directory, in order, and merged when its window closes: slower, with the same results. A session that goes on after it was written is read back alone, which is the slowest; those that ended first are written first. It is an estimate, and the process takes 150 MiB more, or with a large --memory half as much again; a window that closes is not held in memory whole, but sessions of the same start and end are. Under a trigger an event whose group is on disk reads it back, and a watermark or a tick reads those that it fires, in order: the slowest of all, where events come to more groups than fit.',
  default: '1GiB',
};

const partial: OptionSpec<true> = {
  name: 'partial',
  help: 'write partial results, which --final merges',
  details:
    'In place of each result stands an accumulator: a JSON value that holds what the aggregate needs of the events so far. Parts of an input can so be combined by processes of their own, in parallel or one day after the other. The arguments are kept in the @stream line. Each part is read by itself: a piece of a csv file needs the header line, and dedup before it knows no events of other parts.',
};

const final: OptionSpec<true> = {
  name: 'final',
  help: 'merge the partial results of --partial with the same arguments',
  details:
    'The results are those of one combine over the whole input, byte for byte, if the parts are pieces of the input that come in its order and nothing was late in them: give no --delay to the source of a part. In another order only what is taken from events of equal time can differ. approx_topk keeps its bounds, but may count otherwise within them. Sessions of the parts are merged where they overlap.',
};

interface CombineSpec extends CommandSpec {
  build(given: Given, combiners?: ProgramCombiners): Stage;
}

export const combineCommand: CombineSpec = {
  name: 'combine',
  summary: 'group by window and key, and aggregate',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Groups events by their window and key, and writes a result for each group when the watermark has passed the end of the window. Events in no window are in the global one, which closes at the end of the stream.',
    'Where tm window says when windows fire (--early, --late, --lateness, --trigger), each key in each window gives a pane when its trigger fires: right behind the event that it fires at, or before the watermark or the tick. @pane tells which one it is (tm-stream(5), tm-time(7)), and so do pane_index() and its like in expressions. Panes of a window that fire together are what --order and --limit are of; those beyond the limit are not written and count as fired. An event for a key whose trigger is finished in the window is left out there, which is told, and goes to --late-to as a late one does, once for each such window. Windows that overlap are aggregated each by itself then: an event costs as much in each of them.',
    'Results of a window come ordered by key. Null and missing values are skipped by aggregates, and an empty sum is null.',
    'A FIELD may be computed: sum(bytes / 1024); tm-expressions(7) tells how. With a condition behind it, CALL where CONDITION or CALL.where(CONDITION), an aggregate takes the events only for which that is true, and the others have their group still. A result may be computed of other results and of members of the key: rate = n / 60, share = count().where(status >= 500) / count(); one that cannot be, as in a division by zero, is null, and that is told. An event with an operand or a key that cannot be computed is left out.',
    "Of two fields an event counts only if neither is null. regr_slope, regr_intercept and regr_r2 are of the line Y = slope * X + intercept with the least squares of distances in Y, as in SQL. bit_and, bit_or and bit_xor want numbers spelled as integers, of any size, a negative one as its two's complement; bool_and and bool_or want true or false. An event with another value is left out, as where a number is wanted.",
    'variance, stddev, covar_samp, skewness and kurtosis are those of a sample (over n - 1; G1 and G2 of Joanes and Gill, as in Excel, SAS, pandas and DuckDB), those with _pop those of a population (over n; g1 = m3 / m2^1.5 and g2 = m4 / m2^2 - 3, as in Miller). All of them, and what is computed from two fields, are computed exactly and rounded once (stddev from the rounded variance), so that the order of events does not show.',
    'quantile takes a value that occurred: percentile_disc of SQL. With "linear" it is percentile_cont, the point at the share Q of the way from the least to the greatest value, each one step apart (definition 7 of Hyndman and Fan, that of R, NumPy and spreadsheets); median is the same with 0.5. sample takes the events with the least hashes of SEED, time and members, so that it depends on no order and can be drawn in parts; another SEED (0 if there is none) draws others.',
    'js calls a combiner of your own: the default export of MODULE, a function (a, b) that makes one value of two, or an object with create, add, merge and result. It is told the value of FIELD, a list of the values of several, or without one the event; tm-functions(7) has more of it.',
    'Three aggregates are approximate, and take little memory however many values there are. approx_quantile is within a relative ERROR (0.01: 1 %) of quantile, and of numbers only. approx_distinct has a standard error of 1.04 / sqrt(2^PRECISION), 0.8 % for the default of 14: two of three results are nearer than that, and nearly all are nearer than thrice that; up to 2^PRECISION / 8 values are counted nearly exactly. approx_topk counts with COUNTERS (1000, or 10 K if that is more): a value occurred at most count times and at least count less error times, no error is above the number of values over COUNTERS, and every value that occurred more often has a counter. Up to COUNTERS distinct values it is exact. The same input gives the same results, in any order of events for approx_quantile and approx_distinct.',
  ],
  arguments: [
    {
      name: 'AGGREGATE',
      help: "NAME=CALL or CALL: n=count, 'volume = sum(bytes / 1024)', 'p95 = quantile(bytes, 0.95)', 'errors = count() where status >= 500'; or NAME=RESULT of others: 'rate = n / 60'",
      required: true,
      variadic: true,
    },
  ],
  lists: aggregateGroups.map(({ title, aggregates }) => ({
    title,
    words: aggregates.map(({ usage, summary }) => ({ word: usage, help: summary })),
  })),
  options: [BY, order, limit, partial, final, memory, LATE_TO, REJECTED_TO],
  kinds: [],
  foreignOptions: COMBINE_FOREIGN,
  lineMeant: (words) =>
    words.every((word) => /^[\w.,=-]+$/.test(word)) ? [...words, 'n=count'].join(' ') : undefined,
  seeAlso: ['tm-functions.7'],
  examples: [
    {
      title: 'requests and 95th percentile of size per status and 5 minutes',
      command:
        "tm source access.log --format combined | tm window fixed 5m | tm combine --by status n=count 'p95 = quantile(bytes, 0.95)' | tm sink",
    },
    {
      title: 'median, two quantiles and the path of the largest answer per status',
      command:
        "tm source access.log --format combined | tm combine --by status 'half = median(bytes)' 'most = quantiles(bytes, 0.9, 0.99)' 'largest = arg_max(path, bytes)' | tm sink",
    },
    {
      title: 'of each class of answers, what it has of all bytes, and how many are large',
      command:
        "tm source access.log --format combined | tm combine --by 'class = int(status / 100)' 'kib = sum(bytes / 1024)' 'large = count() where bytes > 100000' 'share = count().where(bytes > 100000) / count()' --order -kib | tm sink",
    },
    {
      title: 'the five paths asked for most',
      command:
        'tm source access.log --format combined | tm combine --by path n=count --order -n --limit 5 | tm sink',
    },
    {
      title: 'an aggregate of your own: the distance between the least and the greatest size',
      command:
        'tm source access.log --format combined | tm combine --by status \'spread = js(bytes, "./spread.mjs")\' | tm sink',
    },
    {
      title: 'two parts of a log at the same time, in processes of their own',
      command:
        "split -n l/2 access.log part. && ls part.a? | xargs -P 2 -I{} sh -c 'tm source {} --format combined | tm combine --by path n=count --partial > {}.tm' && tm source part.*.tm --format stream | tm combine --by path n=count --final --order -n --limit 5 | tm sink",
    },
  ],
  load: (given) => loadFor(() => combineOptions(given)),
  build(given, combiners) {
    const options = combineOptions(given);
    const part = flag(given, partial);
    const merges = flag(given, final);
    if (part && merges) throw usageError('--partial and --final exclude each other');
    if (part) refuseArrangement(given);
    return {
      role: 'operator',
      sides: sideFiles(given),
      create: (context) => {
        const make = (ready: CombineOptions): Operator => {
          if (part) return combinePart(ready, context);
          return merges ? new CombineParts(ready, context) : new CombineByFiring(ready, context);
        };
        // A stage without modules is made at once.
        const create = (): Operator | Promise<Operator> =>
          options.aggregates.some(isOfModule)
            ? import('./combine-js.ts').then(async ({ withModules }) =>
                make(await withModules(options, combiners)),
              )
            : make(options);
        return finishLoads()?.then(create) ?? create();
      },
    };
  },
};

/** Whether an aggregate is a module's. */
const isOfModule = ({ definition }: AggregateArgument): boolean => definition.name === js.name;

/** What is first among the results of a part need not be so among those of all. */
function refuseArrangement(given: Given): void {
  for (const { name } of [order, limit]) {
    if (given.options.has(name))
      throw usageError(`--${name} is for results, and --partial writes none`, `give --${name} with --final`);
  }
}

/** @throws TidemarkError `usage` */
export function combineOptions(given: Given): CombineOptions {
  if (given.arguments.length === 0) {
    throw usageError('no aggregate is given', 'write n=count; `tm combine --help` lists them');
  }
  const by = keyOf(given);
  const keys = by.map(nameOfPath);
  const stray = strayAmongAggregates(given.arguments);
  if (stray !== undefined) throw stray;
  const parsed = parseResultArguments(given.arguments, keys);
  const names = [...keys, ...parsed.map(({ name }) => name)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw usageError(`two results are named ${twice}`, 'give one another name: NAME=CALL');
  const words = option(given, order) ?? [];
  const orders = words.filter((word) => !isResult(word, names) && COMPUTES.test(word.slice(1)));
  const { aggregates, results } = resultsOf(parsed, keys, orders);
  return {
    by,
    aggregates,
    ...(results === undefined ? {} : { results }),
    order: words.map((word) =>
      orders.includes(word)
        ? { column: names.length + orders.indexOf(word), descending: false }
        : orderOf(word, names),
    ),
    limit: option(given, limit) ?? Number.POSITIVE_INFINITY,
    memory: optionOrDefault(given, memory),
  };
}

/** What makes an order more than the name of a result. */
const COMPUTES = /[-+*/%(?<>=!&|."'[\]]/;

const isResult = (word: string, names: readonly string[]): boolean =>
  names.includes(word) || (word.startsWith('-') && names.includes(word.slice(1)));

/**
 * The aggregates, and the results where these are not just those of the aggregates. Orders that are computed are results
 * too, which are not written.
 * @throws TidemarkError `usage`
 */
function resultsOf(
  parsed: readonly (AggregateArgument | ComputedArgument)[],
  keys: readonly string[],
  orders: readonly string[],
): Pick<CombineOptions, 'aggregates' | 'results'> {
  const aggregates = parsed.filter((each): each is AggregateArgument => !('computed' in each));
  if (aggregates.length === parsed.length && orders.length === 0) return { aggregates };
  const names = [...keys, ...aggregates.map(({ name }) => name)];
  /** Results that were computed before, which those behind them may name. */
  const before = new Map<string, Type>();
  const compute = (name: string, text: string): ComputedMember => {
    const { expression, inner } = parseComputedLate(text, names, aggregates, before);
    for (const aggregate of inner) {
      aggregates.push(aggregate);
      names.push(aggregate.name);
    }
    return { name, expression };
  };
  const results = parsed.map((each): Result => {
    const { name } = each;
    if (!('computed' in each)) return { name, aggregate: aggregates.indexOf(each) };
    const result = compute(name, each.computed);
    before.set(name, ANY);
    return result;
  });
  return {
    aggregates,
    results: [
      ...results,
      ...orders.map((text) => ({
        ...toldAt(`--${order.name}`, () => compute(text, text)),
        unwritten: true as const,
      })),
    ],
  };
}

function orderHint(name: string, names: readonly string[]): string {
  const [, result, direction] = /^(.*\S)\s+(desc|asc)(?:ending)?$/i.exec(name) ?? [];
  if (result === undefined || !names.includes(result)) return `there is ${names.join(', ')}`;
  return `write --order ${direction!.toLowerCase() === 'desc' ? '-' : ''}${result}`;
}

function orderOf(word: string, names: readonly string[]): Order {
  const descending = word.startsWith('-') && !names.includes(word);
  const name = descending ? word.slice(1) : word;
  const column = names.indexOf(name);
  if (column < 0) throw usageError(`--order: there is no result named '${name}'`, orderHint(name, names));
  return { column, descending };
}
