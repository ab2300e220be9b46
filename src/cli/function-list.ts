import type { FunctionDefinition } from '../expressions/function.ts';
import { functionGroups } from '../expressions/functions/registry.ts';
import { paragraph, words } from './mdoc.ts';

/** What stands before and behind the list in man/tm-expressions.7, which is written by hand but for it. */
const BEGIN = '.\\" The functions, rendered by npm run man:\n';
const END = '.\\" End of the functions.\n';

/** Puts the list of functions where the page has it. */
export function withFunctions(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error('tm-expressions.7 has lost the comments around its functions');
  return page.slice(0, begin + BEGIN.length) + functionList() + page.slice(end);
}

const functionList = (): string =>
  functionGroups
    .map(({ title, functions }) => {
      const heading = title[0]!.toUpperCase() + title.slice(1);
      return `.Ss ${heading}\n.Bl -tag -width Ds\n${functions.map(item).join('')}.El\n`;
    })
    .join('');

const item = ({ usage, summary, example: [expression, value] }: FunctionDefinition): string =>
  ascii(`.It Ic ${words(usage)}\n${paragraph(summary)}\n.Dl ${words(`${expression}  is  ${value}`)}\n`);

/** As every formatter reads it. */
const ascii = (text: string): string =>
  text.replaceAll(
    /[^\n -~]/gu,
    (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
