/**
 * Fenced blocks of a page by the words behind the fence: `sh run` and `js run` are run in a folder that has the
 * examples, one after the other; a further word is a program that it needs, or `server`. `text output` and
 * `text messages` behind such a block are what it writes to stdout and stderr. Other blocks are not run.
 */
export interface Block {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  /** Of the page. */
  readonly line: number;
  output: string | undefined;
  messages: string | undefined;
}

/** All of a page, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const { 1: info = '', 2: text = '', index } of markdown.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)) {
    const [language = '', ...words] = info.split(' ');
    const line = markdown.slice(0, index).split('\n').length;
    const last = blocks.at(-1);
    if (last !== undefined && info === 'text output') last.output = text;
    else if (last !== undefined && info === 'text messages') last.messages = text;
    else blocks.push({ language, words, text, line, output: undefined, messages: undefined });
  }
  return blocks;
}
