// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours

import { TidemarkError, usageError } from '../errors.ts';
import { isRefused, refusalOf } from './refused.ts';
import { callersOf, errorAt, type PipelineText } from './text-place.ts';
import type { Parameter, ParameterRule, Part, StageText, Word } from './word.ts';

/**
 * Reads the text of a pipeline: stages joined by `|`, in words as the POSIX shell reads them (XCU 2.2, 2.3,
 * 2.6.2). A line that begins with `|` goes on with the stage before, which the shell does not know.
 * @throws TidemarkError `usage` with line and column for what is no pipeline, and for what the shell would do
 *   and `tm run` does not
 */
export function parsePipeline(source: PipelineText): StageText[] {
  const { stages, error } = parseStages(source);
  if (error !== undefined) throw error;
  return stages;
}

/** The same, where what is wrong does not take away the stages before it. */
export function parseStages(source: PipelineText): { stages: StageText[]; error?: TidemarkError } {
  const parser = new Parser(source);
  try {
    return { stages: parser.pipeline() };
  } catch (error) {
    if (error instanceof TidemarkError) return { stages: parser.read, error };
    throw error;
  }
}

class Parser {
  /** The stages of the text that were read so far, those in `<(…)` not among them. */
  readonly read: StageText[] = [];
  readonly #source: PipelineText;
  readonly #text: string;
  #at = 0;
  /** How many `<(` are open. */
  #depth = 0;

  constructor(source: PipelineText) {
    this.#source = source;
    this.#text = source.text;
  }

  pipeline(): StageText[] {
    this.#skipLines();
    if (this.#ended) {
      const where = `${this.#source.name}: there is no stage in the text`;
      throw usageError(`${where}${callersOf(this.#source)}`, EMPTY_HINT);
    }
    return this.#stages(this.read);
  }

  /** Stages up to the end of the text, or of the `<(…)` that they stand in. */
  #stages(stages: StageText[] = []): StageText[] {
    for (;;) {
      const stage = this.#stage();
      this.#skipLines();
      // What stands behind the line may be meant for this stage.
      if (!this.#sees('|') && !this.#ended && !this.#closes)
        throw this.#error(this.#at, 'a second command begins here', ONE_PIPELINE);
      stages.push(stage);
      if (this.#ended || this.#closes) return stages;
      const pipe = this.#at;
      if (this.#text[pipe + 1] === '|' || this.#text[pipe + 1] === '&') throw this.#refusal(pipe);
      this.#at++;
      this.#skipLines();
      if (this.#ended || this.#closes)
        throw this.#error(pipe, 'a stage is missing behind |', 'name it, or leave the | out');
    }
  }

  /** Whether the `<(…)` ends here that is read. */
  get #closes(): boolean {
    return this.#depth > 0 && this.#sees(')');
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  #sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #error(offset: number, message: string, hint?: string): Error {
    return errorAt(this.#source, offset, message, hint);
  }

  /** Blanks and joined lines; not the end of a line. */
  #skipBlanks(): void {
    while (!this.#ended) {
      const joined = joinedLine(this.#text, this.#at);
      if (joined > 0) this.#at += joined;
      else if (isBlank(this.#text, this.#at)) this.#at++;
      else if (this.#sees('#')) this.#skipComment();
      else return;
    }
  }

  #skipLines(): void {
    for (this.#skipBlanks(); this.#sees('\n'); this.#skipBlanks()) this.#at++;
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #stage(): StageText {
    if (this.#sees('|'))
      throw this.#error(this.#at, 'a stage is missing before |', 'name it, or leave the | out');
    const words: Word[] = [];
    for (; !this.#ended && !this.#sees('\n') && !this.#sees('|') && !this.#closes; this.#skipBlanks())
      words.push(this.#sees('<(') ? this.#pipelineWord() : this.#word());
    return words;
  }

  #word(): Word {
    const offset = this.#at;
    const parts: Part[] = [];
    if (/^~(?=[/\s|]|$)/.test(withoutJoins(this.#text.slice(offset, offset + 20)))) {
      parts.push({ kind: 'parameter', name: 'HOME', quoted: true, offset, rule: undefined });
      this.#at++;
    }
    this.#parts(
      parts,
      (letter) =>
        letter === '\n' ||
        letter === '|' ||
        this.#closes ||
        isBlank(this.#text, this.#at) ||
        (this.#sees('<(') && /=['"]?$/.test(this.#text.slice(offset, this.#at))),
    );
    return this.#sees('<(') ? this.#pipelineWord(offset, parts) : { parts, offset };
  }

  /**
   * `<(…)`: a pipeline of its own, which stands for the stream that it writes.
   * @param start of the word
   * @param before what stands before it: `average=`
   */
  #pipelineWord(start = this.#at, before: readonly Part[] = []): Word {
    const offset = this.#at;
    this.#at += 2;
    this.#depth++;
    this.#skipLines();
    if (this.#closes) throw this.#error(offset, 'there is no stage in <(…)', EMPTY_HINT);
    const pipeline = this.#ended ? [] : this.#stages();
    if (!this.#closes) throw this.#error(offset, 'this <( is not closed', 'close it with )');
    this.#at++;
    this.#depth--;
    const next = this.#text[this.#at];
    if (
      next !== undefined &&
      next !== '\n' &&
      next !== '|' &&
      !this.#closes &&
      !isBlank(this.#text, this.#at)
    )
      throw this.#error(this.#at, '<(…) is a word of its own', 'put a blank behind it');
    const text = this.#text.slice(offset, this.#at);
    return { parts: [...before, { kind: 'text', text, quoted: true }], offset: start, pipeline };
  }

  /** Parts outside of quotes, up to a letter that ends them. */
  #parts(parts: Part[], ends: (letter: string) => boolean): void {
    let plain = '';
    const flush = (): void => {
      if (plain !== '') parts.push({ kind: 'text', text: plain, quoted: false });
      plain = '';
    };
    while (!this.#ended) {
      const letter = this.#text[this.#at]!;
      const joined = joinedLine(this.#text, this.#at);
      if (joined > 0) {
        this.#at += joined;
        continue;
      }
      if (ends(letter)) break;
      if (letter === "'" || letter === '"' || letter === '\\' || letter === '$') {
        flush();
        this.#special(letter, parts);
      } else if (isRefused(letter)) throw this.#refusal(this.#at);
      else {
        plain += letter;
        this.#at++;
      }
    }
    flush();
  }

  #special(letter: string, parts: Part[]): void {
    switch (letter) {
      case "'":
        parts.push({ kind: 'text', text: this.#singleQuoted(), quoted: true });
        return;
      case '"':
        parts.push(...this.#doubleQuoted());
        return;
      case '\\':
        // The last letter of the text stands for itself.
        parts.push({ kind: 'text', text: this.#text[this.#at + 1] ?? '\\', quoted: true });
        this.#at += 2;
        return;
      default:
        parts.push(this.#dollar(false));
    }
  }

  #singleQuoted(): string {
    const start = this.#at + 1;
    const end = this.#text.indexOf("'", start);
    if (end < 0) throw this.#error(this.#at, 'the quote is not closed', "close it with '");
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  #doubleQuoted(): Part[] {
    const start = this.#at++;
    const parts = this.#quotedParts('"', start);
    this.#at++;
    // "$@" without arguments is no word; anything else in quotes is one, also an empty one.
    const [only, ...others] = parts;
    if (only?.kind === 'parameter' && only.name === '@' && others.length === 0) return parts;
    return [...parts, { kind: 'text', text: '', quoted: true }];
  }

  /** Parts inside of double quotes, up to `end`, which is left where it is. */
  #quotedParts(end: '"' | '}', start: number): Part[] {
    const parts: Part[] = [];
    let text = '';
    for (;;) {
      if (this.#ended) throw this.#error(start, `the ${end === '"' ? 'quote' : 'brace'} is not closed`);
      const letter = this.#text[this.#at]!;
      if (letter === end) break;
      if (letter === '"')
        throw this.#error(this.#at, 'a double quote inside of "${…}"', 'leave the inner quotes out');
      if (letter === '`') throw this.#refusal(this.#at);
      if (letter === '$') {
        if (text !== '') parts.push({ kind: 'text', text, quoted: true });
        text = '';
        parts.push(this.#dollar(true));
      } else text += this.#quotedLetter(letter, end);
    }
    if (text !== '') parts.push({ kind: 'text', text, quoted: true });
    return parts;
  }

  /** A backslash inside of double quotes is itself, but before what has a meaning there. */
  #quotedLetter(letter: string, end: string): string {
    const joined = joinedLine(this.#text, this.#at);
    if (joined > 0) {
      this.#at += joined;
      return '';
    }
    const next = this.#text[this.#at + 1];
    if (letter === '\\' && next !== undefined && `$\`"\\${end}`.includes(next)) {
      this.#at += 2;
      return next;
    }
    this.#at++;
    return letter;
  }

  /** What a `$` begins: a parameter, or nothing more than itself. */
  #dollar(quoted: boolean): Part {
    const offset = this.#at;
    const rest = this.#text.slice(offset + 1, offset + 200);
    const [name] = PARAMETER.exec(rest) ?? [];
    if (joinedLine(rest, 0) > 0 || name !== PARAMETER.exec(withoutJoins(rest))?.[0])
      throw this.#error(offset, 'a line ends within this parameter', 'write it in one line');
    if (name !== undefined) {
      this.#at += 1 + name.length;
      return { kind: 'parameter', name, quoted, offset, rule: undefined };
    }
    if (rest.startsWith('{')) return this.#braced(quoted);
    if (rest.startsWith('(')) throw this.#refusal(offset);
    if (/^[?$!-]/.test(rest)) throw this.#error(offset, `$${rest[0]} means nothing here`, PARAMETERS_HINT);
    if (!quoted && /^['"]/.test(rest))
      throw this.#error(offset, `$${rest[0]} is not known to every shell`, `leave the $ out: ${rest[0]}…`);
    this.#at++;
    return { kind: 'text', text: '$', quoted: true };
  }

  #braced(quoted: boolean): Parameter {
    const offset = this.#at;
    const rest = this.#text.slice(offset);
    const [head, name] = /^\$\{([A-Za-z_]\w*|[0-9]+|[@*#])(?=[}:?+-])/.exec(rest) ?? [];
    if (head === undefined || name === undefined)
      throw this.#error(offset, 'this ${…} is not known here', PARAMETERS_HINT);
    this.#at += head.length;
    const [mark, operator] = /^:?([-?+])/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    let rule: ParameterRule | undefined;
    if (mark !== undefined) {
      this.#at += mark.length;
      rule = {
        operator: operator as ParameterRule['operator'],
        emptyIsNone: mark.startsWith(':'),
        word: quoted ? this.#quotedParts('}', offset) : this.#bracedWord(offset),
      };
    }
    if (!this.#sees('}')) throw this.#error(offset, 'this ${…} is not known here', PARAMETERS_HINT);
    this.#at++;
    return { kind: 'parameter', name, quoted, offset, rule };
  }

  /** The text behind `${NAME:-`, outside of quotes: its blanks are between words. */
  #bracedWord(start: number): Part[] {
    const parts: Part[] = [];
    const ends = (letter: string): boolean => letter === '}' || /\s/.test(letter);
    for (this.#parts(parts, ends); !this.#sees('}'); this.#parts(parts, ends)) {
      if (this.#ended) throw this.#error(start, 'the brace is not closed');
      parts.push({ kind: 'gap' });
      while (/^\s/.test(this.#text.slice(this.#at, this.#at + 1))) this.#at++;
    }
    return parts;
  }

  /** The refusal of what the shell would do here, with what to do instead. */
  #refusal(offset: number): Error {
    const { message, hint } = refusalOf(this.#text.slice(offset, offset + 2));
    return this.#error(offset, message, hint);
  }
}

/** The length of a backslash with the line end behind it; 0: there is none here. */
function joinedLine(text: string, at: number): number {
  if (text[at] !== '\\') return 0;
  if (text[at + 1] === '\n') return 2;
  return text[at + 1] === '\r' && text[at + 2] === '\n' ? 3 : 0;
}

const withoutJoins = (text: string): string => text.replaceAll(/\\\r?\n/g, '');

/** Behind a `$`. */
const PARAMETER = /^(?:[A-Za-z_]\w*|[0-9@*#])/;

/** A carriage return before a line end belongs to it. */
const isBlank = (text: string, at: number): boolean =>
  text[at] === ' ' ||
  text[at] === '\t' ||
  (text[at] === '\r' && (at + 1 === text.length || text[at + 1] === '\n'));

const EMPTY_HINT = 'stages stand in it as in a shell: tm source access.log | tm window fixed 5m | tm sink';
const ONE_PIPELINE =
  'a text holds one pipeline: to go on with it, end the line before with |, or with \\ inside a stage';
const PARAMETERS_HINT = 'there is $NAME, ${NAME:-default}, ${NAME:?message}, ${NAME:+word}, $1, "$@" and $#';
