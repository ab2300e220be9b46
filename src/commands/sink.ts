import type { FileTargetOptions } from '../connectors/file-place.ts';
import { pathOf } from '../connectors/file-uri.ts';
import { isModule, modulePlace } from '../connectors/source-module.ts';
import { toldAt, usageError } from '../errors.ts';
import { finishLoads, loadFor } from '../expressions/late-language.ts';
import { compressionOf } from '../formats/compression.ts';
import { Destination, isTemplate } from '../formats/destination.ts';
import { foreignEnding } from '../formats/foreign-ending.ts';
import type { MetaMode } from '../formats/record-writer.ts';
import { parseTemplate, type Template } from '../formats/template.ts';
import { checkSink } from './sink-check.ts';
import { SinkOperator } from './sink-operator.ts';
import { type SinkFormat, type SinkPlan, sinkOptions } from './sink-plan.ts';
import type { CommandSpec, DefaultedOption, Given, OptionSpec } from './spec.ts';
import { choice, flag, option, optionOrDefault, SIZE, TEXT } from './values.ts';

const format: OptionSpec<SinkFormat> = {
  name: 'format',
  value: choice('FORMAT', ['ndjson', 'csv', 'tsv', 'table', 'stream']),
  help: 'how results are written: ndjson, csv, tsv, table, stream',
  default: "by the name's ending; table on a terminal; else ndjson",
  details:
    'An ending of a format that is not written, as .xlsx and .parquet, is refused without --format. csv and tsv have the columns of the schema (tm-stream(5)), else those of the first event; an event with another member is an error. table is for people. stream writes the marked stream itself, for `tm source --format stream`.',
};

const template: OptionSpec<string> = {
  name: 'template',
  value: TEXT,
  help: "write each result as this text: '{window_start} {path} {n}'",
  details:
    'A name or path in braces stands for the value: a text without quotes, anything else as JSON, nothing where the event lacks it. So does an expression, {upper(method)} (tm-expressions(7)), with nothing where it is null or cannot be computed. {@t}, {@w} and {@pane} are the metadata. {{ and }} are braces, \\n and \\t line feed and tab. A line feed ends each result.',
};

const append: OptionSpec<true> = {
  name: 'append',
  help: 'add to what the target holds; csv and tsv keep its columns',
};

const overwrite: OptionSpec<true> = {
  name: 'overwrite',
  help: 'replace what the target holds',
};

const roll: OptionSpec<number> = {
  name: 'roll',
  value: SIZE,
  help: 'begin another file for each such span of event time: 1h, 15m, 1d',
  details:
    "A result belongs to the file of its window's start; without a window, of its time. Files begin at multiples of the span since 1970, UTC, as fixed windows do. Their time stands before the ending of the name, out-2015-05-17T10.ndjson, or where LOCATION has {@roll:FORMAT}.",
};

const meta: DefaultedOption<MetaMode> = {
  name: 'meta',
  value: choice('MODE', ['flatten', 'keep', 'drop']),
  help: 'what becomes of time, window and pane: flatten, keep, drop',
  default: 'flatten',
  details:
    'flatten: the window becomes window_start and window_end, one result per window where an event is in many; the pane becomes pane_index and pane_timing; the time goes. keep: @t, @w and @pane as they are in the stream, and names that the source escaped stay so. drop: members only.',
};

export const sinkCommand: CommandSpec = {
  name: 'sink',
  summary: 'write results to stdout or a file',
  input: 'stream',
  output: 'none',
  keepsState: true,
  description: [
    'Reads a stream and writes its events out in a format of the world outside. Without LOCATION, or for -, results go to stdout.',
    'A LOCATION with braces is a template: results are divided among files, out/{host}.ndjson or out/{window_start:%Y/%m/%d/%H}.ndjson, whose folders are made. A member, {user.id}, stands for its value; what a file name cannot have is written as %2F, and a missing or empty value as _. An expression stands for its value, out/{int(status / 100)}xx.ndjson: tm-expressions(7). Behind a colon stands a time format of strftime (UTC), for {window_start}, {window_end}, the time {@t}, and members that are RFC 3339 times. {{ and }} are braces. csv and tsv have a header in each file.',
    'A file appears at once and whole when the stream is complete: it is written beside its place and renamed. If the stream was cut off nothing appears. The results of a stream without end are written in place, line by line. Many files appear together, when all are complete. A file that holds something already is left alone unless --append or --overwrite says what to do.',
    'FILE.mjs, FILE.mjs?name=value, is a module that takes the results itself: tm-connectors(7).',
    'Where the source keeps state (tm source --state) a file has each result exactly once, whenever the pipe was killed: it is written in place, and cut off behind the last committed epoch when the pipe runs again. A file that was shortened, edited, replaced or appended to meanwhile is an error and stays as it is. --overwrite leaves what is there until the first epoch is committed. Of many files those that are complete may be taken away; each that an epoch writes to is synced, so that thousands per epoch cost seconds. stdout, a FIFO and a device get results at least once.',
  ],
  arguments: [
    {
      name: 'LOCATION',
      help: 'a file, a template of files, a module, or - for stdout',
      required: false,
      variadic: false,
    },
  ],
  options: [format, template, append, overwrite, roll, meta],
  kinds: [],
  seeAlso: ['tm-source.1', 'tm-connectors.7'],
  examples: [
    {
      title: 'a csv file of requests per status and 5 minutes',
      command:
        'tm source access.log --format combined | tm window fixed 5m | tm combine --by status n=count | tm sink traffic.csv',
    },
    {
      title: 'a line of text per result',
      command:
        "tm source access.log --format combined | tm combine --by status n=count | tm sink --template '{n} times {status}'",
    },
    {
      title: 'a file for each day and status, in a folder of the day',
      command:
        "tm source access.log --format combined | tm window calendar hour | tm combine --by status n=count | tm sink 'traffic/{window_start:%Y-%m-%d}/{status}.csv'",
    },
  ],
  load: (given) => loadFor(() => planOf(given)),
  build(given) {
    const plan = planOf(given);
    return {
      role: 'sink',
      sides: new Map(),
      ...(plan.location === undefined || plan.destination !== undefined || isModule(plan.location)
        ? {}
        : { target: pathOf(plan.location) }),
      check: (header) => checkSink(plan, header),
      lookOutside: async () => {
        const module = plan.location === undefined ? undefined : modulePlace(plan.location);
        if (module !== undefined) await (await import('../connectors/module-target.ts')).loadSink(module);
        return [];
      },
      create: async (context) => {
        await finishLoads();
        return new SinkOperator(sinkOptions(plan), context);
      },
    };
  },
};

function planOf(given: Given): SinkPlan {
  const location = locationOf(given);
  if (location !== undefined && !given.options.has(format.name) && !given.options.has(template.name))
    refuseForeign(location);
  const plan: SinkPlan = {
    location,
    mode: modeOf(given, location),
    format: option(given, format) ?? formatOf(location),
    template: templateOf(given),
    meta: optionOrDefault(given, meta),
    destination: destinationOf(location, option(given, roll)),
  };
  if (plan.template !== undefined) {
    if (given.options.has(format.name)) throw usageError('--template and --format exclude each other');
  } else if (plan.format === 'stream' && given.options.has(meta.name)) {
    throw usageError('--format stream writes metadata as they are', 'leave --meta out');
  }
  if (plan.destination !== undefined && (plan.format === 'stream' || plan.format === 'table')) {
    throw usageError(
      `--format ${plan.format} cannot be divided among files`,
      'ndjson, csv, tsv and --template can',
    );
  }
  return plan;
}

/** @throws TidemarkError `usage` */
function templateOf(given: Given): Template | undefined {
  const text = option(given, template);
  if (text === undefined) return undefined;
  return toldAt(`--${template.name}`, () => parseTemplate(text, optionOrDefault(given, meta)));
}

function destinationOf(location: string | undefined, span: number | undefined): Destination | undefined {
  if (location === undefined) {
    if (span === undefined) return undefined;
    throw usageError('--roll needs a file to write to', 'name it: tm sink FILE --roll 1h');
  }
  if (isModule(location)) {
    if (span === undefined) return undefined;
    throw usageError('--roll is for files, and a module is none', 'leave it out');
  }
  if (isTemplate(location)) return new Destination(location, span);
  // Braces in the path of a URI are what they are.
  if (span === undefined) return undefined;
  return new Destination(pathOf(location).replaceAll(/[{}]/g, '$&$&'), span);
}

function locationOf(given: Given): string | undefined {
  const [location] = given.arguments;
  if (location === undefined || location === '-') return undefined;
  if (isModule(location)) return location;
  if (location === '') throw usageError('the LOCATION is empty', 'name a file, or - for stdout');
  pathOf(location);
  const compression = compressionOf(location);
  if (compression !== undefined) {
    throw usageError(
      `${location} would hold results that are not compressed: the sink writes them as they are`,
      `compress what it writes to stdout: tm sink --format csv | ${compression} > ${location}`,
    );
  }
  return location;
}

/** A name that says another format than any that is written is a mistake. */
function refuseForeign(location: string): void {
  const ending = foreignEnding(location);
  if (ending === undefined) return;
  const csv = location.slice(0, -ending.length);
  throw usageError(
    `${location} would hold NDJSON: no ${ending.slice(1).toLowerCase()} is written`,
    `write csv: tm sink ${csv}.csv; or say what it is to hold: --format ndjson`,
  );
}

function modeOf(given: Given, location: string | undefined): FileTargetOptions['mode'] {
  const appends = flag(given, append);
  const overwrites = flag(given, overwrite);
  if (appends && overwrites) throw usageError('--append and --overwrite exclude each other');
  if (location !== undefined && isModule(location) && (appends || overwrites)) {
    throw usageError(
      `--${appends ? 'append' : 'overwrite'} is for files: a module decides itself what becomes of what is there`,
      'leave it out',
    );
  }
  if (location === undefined && (appends || overwrites)) {
    throw usageError(
      `--${appends ? 'append' : 'overwrite'} needs a file to write to`,
      'name it: tm sink FILE',
    );
  }
  if (appends) return 'append';
  return overwrites ? 'overwrite' : 'new';
}

/** By the ending of a file's name. */
function formatOf(location: string | undefined): SinkFormat | undefined {
  if (location === undefined) return undefined;
  const [, ending] = /\.(csv|tsv)$/i.exec(location) ?? [];
  return (ending?.toLowerCase() as 'csv' | 'tsv' | undefined) ?? 'ndjson';
}
