import type { FunctionDefinition } from '../function.ts';
import { bitAnd, bitOr, bitShift, bitXor } from './bits.ts';
import { clockParts, durationParts } from './clock-parts.ts';
import {
  boolOfBoolean,
  boolOfText,
  doubleOfNumber,
  doubleOfText,
  intOfNumber,
  intOfText,
  parseJson,
  string,
  toJson,
  type,
} from './conversions.ts';
import { max, mean, min, sum } from './folds.ts';
import { hash } from './hash.ts';
import { ipIn, ipNetwork, ipVersion } from './ips.ts';
import {
  containsElement,
  distinct,
  first,
  flatten,
  indexOfElement,
  join,
  keys,
  last,
  range,
  reverseList,
  slice,
  sort,
  values,
} from './lists.ts';
import { coalesce, nullif } from './nulls.ts';
import { abs, ceil, div, floor, greatest, least, sign, trunc } from './numbers.ts';
import { exp, ln, log2, log10, pow, sqrt } from './powers.ts';
import {
  extract,
  extractAll,
  extractAllOfGroup,
  extractGroup,
  extractNamed,
  matches,
  replaceRegex,
} from './regexes.ts';
import { round } from './round.ts';
import {
  containsText,
  endsWith,
  indexOfText,
  lastIndexOfText,
  sizeOfList,
  sizeOfObject,
  sizeOfText,
  startsWith,
} from './search.ts';
import {
  charAt,
  lower,
  lowerAscii,
  replace,
  reverseText,
  splitText,
  substring,
  trim,
  upper,
  upperAscii,
} from './text.ts';
import {
  durationOfDuration,
  durationOfNumber,
  durationOfText,
  epochMilliseconds,
  epochSeconds,
  format,
  timestampByFormat,
  timestampOfNumber,
  timestampOfText,
  timestampOfTimestamp,
} from './times.ts';
import { truncateToDuration, truncateToUnit } from './truncate.ts';
import { urlDecode, urlEncode, urlFragment, urlHost, urlPath, urlPort, urlQuery, urlScheme } from './urls.ts';

export interface FunctionGroup {
  /** Lower case, as help heads it. */
  readonly title: string;
  readonly functions: readonly FunctionDefinition[];
}

/** Every function, in the order in which help lists them. */
export const functionGroups: readonly FunctionGroup[] = [
  {
    title: 'text',
    functions: [
      sizeOfText,
      containsText,
      startsWith,
      endsWith,
      indexOfText,
      lastIndexOfText,
      substring,
      charAt,
      lower,
      upper,
      lowerAscii,
      upperAscii,
      trim,
      replace,
      splitText,
      reverseText,
    ],
  },
  {
    title: 'regular expressions',
    functions: [matches, extract, extractGroup, extractNamed, extractAll, extractAllOfGroup, replaceRegex],
  },
  {
    title: 'numbers',
    functions: [
      abs,
      sign,
      round,
      ceil,
      floor,
      trunc,
      div,
      greatest,
      least,
      sqrt,
      pow,
      exp,
      ln,
      log10,
      log2,
      bitAnd,
      bitOr,
      bitXor,
      bitShift,
      hash,
    ],
  },
  {
    title: 'conversions',
    functions: [
      intOfNumber,
      intOfText,
      doubleOfNumber,
      doubleOfText,
      string,
      boolOfText,
      boolOfBoolean,
      type,
      toJson,
      parseJson,
    ],
  },
  { title: 'null', functions: [coalesce, nullif] },
  {
    title: 'times',
    functions: [
      timestampOfText,
      timestampByFormat,
      timestampOfNumber,
      timestampOfTimestamp,
      epochSeconds,
      epochMilliseconds,
      format,
      truncateToUnit,
      truncateToDuration,
      ...clockParts,
    ],
  },
  {
    title: 'durations',
    functions: [durationOfText, durationOfNumber, durationOfDuration, ...durationParts],
  },
  {
    title: 'URLs and addresses',
    functions: [
      urlScheme,
      urlHost,
      urlPort,
      urlPath,
      urlQuery,
      urlFragment,
      urlDecode,
      urlEncode,
      ipIn,
      ipVersion,
      ipNetwork,
    ],
  },
  {
    title: 'lists and objects',
    functions: [
      sizeOfList,
      sizeOfObject,
      containsElement,
      indexOfElement,
      first,
      last,
      slice,
      sum,
      mean,
      min,
      max,
      sort,
      distinct,
      reverseList,
      flatten,
      join,
      range,
      keys,
      values,
    ],
  },
];

export const functions: readonly FunctionDefinition[] = functionGroups.flatMap((group) => group.functions);

/** All of a name: they differ in their parameters. Empty: there is none. */
export const findFunctions = (name: string): readonly FunctionDefinition[] =>
  functions.filter((definition) => definition.name === name);
