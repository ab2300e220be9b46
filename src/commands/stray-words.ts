import { type TidemarkError, usageError } from '../errors.ts';

/** Names of files, as people end them. A zone is none: `Europe/Berlin`. */
const FILE_NAME = /^(?:\.{0,2}\/|~\/).|\.(?:log|csv|tsv|json|ndjson|jsonl|txt|stream|gz|zst|parquet)$/i;

/** Whether a word is the name of a file, which a command behind the source does not take. */
export const looksLikeFile = (word: string): boolean => FILE_NAME.test(word);

/** @param command that was given a file: `combine` */
export const filesAreRead = (word: string, command: string): string =>
  `files are read by tm source: tm source ${word} | tm ${command} …`;

/** Words of SQL, and pieces of an argument that the shell took apart. */
const STRAY: readonly (readonly [RegExp, string])[] = [
  [
    /^=$|^=.|[^=]=$/,
    "the shell takes an argument apart at its spaces: write n=count, or 'n = count' in quotes",
  ],
  [/^(?:group|by|per)$/i, 'write --by FIELD,FIELD'],
  [/^(?:order|sort|desc|asc)$/i, 'write --order NAME, or --order -NAME: descending'],
  [/^(?:limit|top)$/i, 'write --limit N'],
  [/^as$/i, "write 'total = sum(bytes)'"],
  [/^(?:where|if|when)$/i, "write it into the argument, in quotes: 'n = count() where status >= 500'"],
  [/^having$/i, "behind it: tm combine … | tm filter 'n > 5'"],
  [/^(?:select|from)$/i, "write what is wanted: tm combine --by status n=count 'total = sum(bytes)'"],
  [/^\*$/, 'write n=count'],
];

/**
 * What is no aggregate by itself, and shows how the line was meant.
 * @returns undefined where there is nothing such
 */
export function strayAmongAggregates(words: readonly string[]): TidemarkError | undefined {
  for (const word of words) {
    const hint = STRAY.find(([pattern]) => pattern.test(word))?.[1];
    if (hint !== undefined) return usageError(`'${word}' is no aggregate`, hint);
    if (looksLikeFile(word) && !/[=(]/.test(word))
      return usageError(`'${word}' is no aggregate`, filesAreRead(word, 'combine'));
  }
  return undefined;
}
