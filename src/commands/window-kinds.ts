import { parseDuration } from '../time/duration.ts';

/** Units of a calendar, as they are written elsewhere: `daily`, `days`, `DAY`. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^hour(?:s|ly)?$/i, 'hour'],
  [/^(?:days?|daily)$/i, 'day'],
  [/^week(?:s|ly)?$/i, 'week'],
  [/^month(?:s|ly)?$/i, 'month'],
  [/^quarter(?:s|ly)?$/i, 'quarter'],
  [/^(?:years?|yearly|annual(?:ly)?)$/i, 'year'],
];

/** Units of durations in words, and how they are written. */
const DURATION_UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ms|msecs?|millis?|milliseconds?)$/i, 'ms'],
  [/^(?:s|secs?|seconds?)$/i, 's'],
  [/^(?:m|mins?|minutes?)$/i, 'm'],
  [/^(?:h|hrs?|hours?)$/i, 'h'],
  [/^(?:d|days?)$/i, 'd'],
  [/^(?:w|wks?|weeks?)$/i, 'w'],
];

/** What other systems call the kinds: Flink, Kafka Streams, Spark, ksqlDB, Beam, SQL. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:tumbl\w*|fix\w*|period\w*|time|size|bucket\w*)$/i, 'fixed'],
  [/^(?:hop\w*|slid\w*|rolling|moving)$/i, 'sliding'],
  [/^(?:cumul\w*|expanding|growing)$/i, 'cumulate'],
  [/^(?:sess\w*|gap|inactiv\w*|idle)$/i, 'session'],
  [/^(?:calend\w*)$/i, 'calendar'],
  [/^(?:all|none|unbounded|whole|single|global\w*|infinite)$/i, 'global'],
  [/^(?:count\w*|rows?|tuples?|events?)$/i, 'count'],
];

const found = (list: readonly (readonly [RegExp, string])[], word: string): string | undefined =>
  list.find(([pattern]) => pattern.test(word))?.[1];

/**
 * What to write for a `tm window` that has no kind or one of another system (`tumbling 5m`, `5m`, `day`), a distance without
 * its option (`sliding 10m 1m`), or a duration in words (`fixed 5 minutes`).
 */
export function windowsMeant(words: readonly string[]): string | undefined {
  const [first = '', ...rest] = words;
  const durations = durationsIn(words);
  const [size, distance = distanceIn(words)] = durations;
  const unit = unitIn(words);
  const kind = found(KINDS, first);
  switch (kind) {
    case 'fixed':
      if (distance !== undefined) return `sliding ${size} --every ${distance}`;
      return size === undefined && unit !== undefined ? `calendar ${unit}` : `fixed ${size ?? '5m'}`;
    case 'sliding':
      return `sliding ${size ?? 'SIZE'} --every ${distance ?? 'DURATION'}`;
    case 'cumulate':
      return `cumulate ${size ?? '1d'} --every ${distance ?? '1h'}`;
    case 'session':
      return `session ${size ?? '30m'}`;
    case 'calendar':
      return calendarMeant(unit, rest);
    case 'global':
      return 'global';
    case 'count': {
      const count = rest.find((word) => /^[1-9][0-9]*$/.test(word)) ?? '100';
      return `global --trigger 'repeat(count(${count}))' --mode discard`;
    }
  }
  if (/^minute(?:s|ly)?$/i.test(first)) return 'fixed 1m';
  if (found(UNITS, first) !== undefined) return calendarMeant(unit, rest);
  const zone = words[words.indexOf('--timezone') + 1];
  if (words.includes('--timezone') && zone !== undefined && unit === undefined)
    return size === '1h' || size === '7d'
      ? `calendar ${size === '1h' ? 'hour' : 'week'} --timezone ${zone}`
      : `calendar day --timezone ${zone}`;
  if (size === undefined || first.startsWith('-') || !/^[0-9P]/.test(first)) return undefined;
  return distance === undefined ? `fixed ${size}` : `sliding ${size} --every ${distance}`;
}

/** The durations, also those of two words; that of `--every` is not looked for. */
function durationsIn(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    if (words[i - 1]?.startsWith('--') === true) return [];
    const [, number, letters] = /^([0-9]+)([a-z]*)$/i.exec(word) ?? [];
    const unit = letters === '' ? words[i + 1] : letters;
    const letter = number === undefined || unit === undefined ? undefined : found(DURATION_UNITS, unit);
    if (letter !== undefined) return [`${number}${letter}`];
    return isDuration(word) ? [word] : [];
  });
}

/** The first unit of a calendar; undefined: none. */
const unitIn = (words: readonly string[]): string | undefined =>
  words.map((word) => found(UNITS, word)).find((unit) => unit !== undefined);

/** The calendar's windows; a word behind the unit that may be a zone is one. */
function calendarMeant(unit: string | undefined, words: readonly string[]): string | undefined {
  if (unit === undefined) return undefined;
  const zone = words.find((word) => /^(?:[A-Z]\w+\/\w|UTC$|GMT|[+-]\d\d:?\d\d$)/.test(word));
  return `calendar ${unit}${zone === undefined ? '' : ` --timezone ${zone}`}`;
}

/** What stands behind `--every`; undefined: nothing that is a duration. */
function distanceIn(words: readonly string[]): string | undefined {
  const given = words.flatMap((word, i) =>
    word === '--every' ? [words[i + 1] ?? ''] : word.startsWith('--every=') ? [word.slice(8)] : [],
  );
  return given.find(isDuration);
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0;
  } catch {
    return false;
  }
}
