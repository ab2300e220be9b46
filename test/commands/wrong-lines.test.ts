import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { combineCommand } from '../../src/commands/combine.ts';
import { dedupCommand } from '../../src/commands/dedup.ts';
import { mergeCommand } from '../../src/commands/merge.ts';
import { sortCommand } from '../../src/commands/sort.ts';
import type { CommandSpec } from '../../src/commands/spec.ts';
import { windowCommand } from '../../src/commands/window.ts';
import { TidemarkError } from '../../src/errors.ts';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';

provideLanguage(language);

/** Message and hint of a line that is refused; words are apart at spaces that do not stand in single quotes. */
function refusal(spec: CommandSpec, line: string): string {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
  try {
    const parsed = parseCommandLine(spec, words);
    if (parsed.action === 'run') spec.build(parsed.given);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    expect(error.code).toBe('usage');
    return (
      [error.where, error.message].filter(Boolean).join(': ') +
      (error.hint === undefined ? '' : `\n${error.hint}`)
    );
  }
  throw new Error(`accepted: ${line}`);
}

const BY_TIME = 'tm sort goes by the time of events; results go by their values in tm combine … --order NAME';

describe('what a newcomer writes', () => {
  it.each(
    (
      [
        [combineCommand, '', 'AGGREGATE is missing\nwrite tm combine n=count'],
        [combineCommand, '--by status', 'AGGREGATE is missing\nwrite tm combine --by status n=count'],
        [combineCommand, "--by 'lower(a)'", 'AGGREGATE is missing\nusage: tm combine AGGREGATE… [OPTION]…'],
        [
          combineCommand,
          'n = count',
          "'=' is no aggregate\nthe shell takes an argument apart at its spaces: write n=count, or 'n = count' in quotes",
        ],
        [
          combineCommand,
          "'n: count'",
          "'n: count' is no aggregate, at character 1 of 'n: count'\nwrite 'n = count'",
        ],
        [
          combineCommand,
          "'s: sum(v)'",
          "'s: sum' is no aggregate, at character 1 of 's: sum(v)'\nwrite 's = sum(…)'",
        ],
        [
          combineCommand,
          'n=cnt',
          "unknown aggregate 'cnt', at character 3 of 'n=cnt'\ndid you mean count([FIELD])?",
        ],
        [
          combineCommand,
          "'sum(bytes) as total'",
          "'as total' behind the call, at character 12 of 'sum(bytes) as total'\nwrite 'total = sum(bytes)'",
        ],
        [
          combineCommand,
          'total=bytes',
          "unknown aggregate 'bytes', at character 7 of 'total=bytes'\ntm combine --help lists the aggregates; a field stands in one: first(bytes)",
        ],
        [combineCommand, 'by status n=count', "'by' is no aggregate\nwrite --by FIELD,FIELD"],
        [combineCommand, '--group-by status n=count', "unknown option '--group-by'\nwrite --by FIELD,FIELD"],
        [
          combineCommand,
          'n=count --order n desc',
          "'desc' is no aggregate\nwrite --order NAME, or --order -NAME: descending",
        ],
        [
          combineCommand,
          "n=count --order 'n desc'",
          "--order: there is no result named 'n desc'\nwrite --order -n",
        ],
        [
          combineCommand,
          "n=count --order 'm desc'",
          "--order: there is no result named 'm desc'\nthere is n",
        ],
        [
          combineCommand,
          "'count(distinct host)'",
          "'distinct host' is no field, at character 7 of 'count(distinct host)'\nwrite distinct(host)",
        ],
        [
          combineCommand,
          "'n = count() if status >= 500'",
          "'if' is not expected here, at character 13 of 'n = count() if status >= 500'\nwrite 'n = count() where status >= 500'",
        ],
        [
          combineCommand,
          'n=count --memory 1g',
          "--memory: '1g' is no size: a number of bytes, or one with KiB, MiB or GiB (or KB, MB, GB: thousands)\nwrite 1GiB",
        ],
        [
          combineCommand,
          'n=count --window 5m',
          "unknown option '--window'\nwindows are made before: tm window fixed 5m | tm combine …",
        ],
        [
          combineCommand,
          'n=count access.log',
          "'access.log' is no aggregate\nfiles are read by tm source: tm source access.log | tm combine …",
        ],
        [
          mergeCommand,
          '--inputs a b',
          "unknown option '--inputs'\ninputs stand without an option: tm merge one.stream two.stream",
        ],
        [
          mergeCommand,
          'a.stream b.stream --delay 5s',
          "unknown option '--delay'\nhow late events may come is told where they are read: tm source … --delay 5s",
        ],
        [
          sortCommand,
          'bytes',
          "'bytes' is one argument too many\ntm sort goes by the time of events, and takes no fields; tm combine … --order NAME goes by values",
        ],
        [sortCommand, '--by bytes', `unknown option '--by'\n${BY_TIME}`],
        [sortCommand, '-r', `unknown option '-r'\n${BY_TIME}`],
        [
          sortCommand,
          './a/access.log',
          "'./a/access.log' is one argument too many\nfiles are read by tm source: tm source ./a/access.log | tm sort …",
        ],
        [dedupCommand, 'host', "'host' is one argument too many\nwrite tm dedup --by host"],
        [dedupCommand, '--by host path', "'path' is one argument too many\nwrite tm dedup --by host,path"],
        [dedupCommand, "--by host 'a b'", "'a b' is one argument too many\nusage: tm dedup [OPTION]…"],
        [dedupCommand, '--key host', "unknown option '--key'\nwrite --by FIELD,FIELD"],
        [dedupCommand, '--by host --ttl 5m', "unknown option '--ttl'\nwrite --within 10m"],
        [
          dedupCommand,
          '--by host --keep last',
          "unknown option '--keep'\nthe first of each key passes; the last is told by tm combine --by FIELD 'x = last(x)'",
        ],
        [
          windowCommand,
          'session 30m --by host',
          "unknown option '--by'\nthe key is told behind: tm window … | tm combine --by FIELD n=count",
        ],
        [windowCommand, 'fixed 5m --grace 1m', "unknown option '--grace'\nwrite --lateness DURATION"],
        [
          windowCommand,
          'calendar day --tz UTC',
          "unknown option '--tz'\nwrite tm window calendar UNIT --timezone ZONE",
        ],
        [
          windowCommand,
          'sliding 10m --every 20m',
          '--every is longer than the windows: events between them would be in none\ngive 10m or less',
        ],
        [
          windowCommand,
          'cumulate 1h --every 25m',
          '1h is no multiple of --every 25m: the longest window would end between two\nas --every 20m',
        ],
        [
          windowCommand,
          'cumulate 5000d3ms --every 25m',
          '5000d3ms is no multiple of --every 25m: the longest window would end between two\ngive one of which 5000d3ms is a multiple',
        ],
        [
          windowCommand,
          'calendar week --week-start sun',
          "--week-start: 'sun' is not one of monday, tuesday, wednesday, thursday, friday, saturday, sunday (did you mean sunday?)",
        ],
        [
          windowCommand,
          'calendar day --week-start sunday',
          "--week-start is of weeks, and the windows are of the calendar's days\nleave it out, or write tm window calendar week",
        ],
      ] as [CommandSpec, string, string][]
    ).map(([spec, line, told]) => [`tm ${spec.name} ${line}`, spec, line, told] as const),
  )('%s is told what to write', (_text, spec, line, told) => {
    expect(refusal(spec, line)).toBe(told);
  });
});
