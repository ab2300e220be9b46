import { errorAt, type PipelineText } from './text-place.ts';
import type { Parameter, Part, StageText, Word } from './word.ts';

/** What a text may ask for. */
export interface Surroundings {
  /** `$0` */
  readonly name: string;
  /** `$1`, `$2`, … */
  readonly arguments: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The paths that match a shell pattern, in order; none: the pattern stands for itself. `\` takes a letter as it is. */
  matches(pattern: string): readonly string[];
}

/** A word as a command gets it. */
export interface StageWord {
  readonly text: string;
  /** Index into the text of the word that it came from. */
  readonly offset: number;
  /** Where it is or ends in `<(…)`: the stages in it, not expanded yet. */
  readonly pipeline?: readonly StageText[];
}

/**
 * The words that a stage's command gets: parameters and patterns are replaced as the shell does it, but for one
 * thing: a value stays one word, also outside of quotes, and is no pattern. Outside of quotes an empty one is no
 * word.
 * @throws TidemarkError `usage` with line and column for a parameter that is not set and has no default
 */
export function expandStage(
  stage: StageText,
  source: PipelineText,
  surroundings: Surroundings,
): readonly StageWord[] {
  const expansion = new Expansion(source, surroundings);
  return stage.flatMap((word) => expansion.words(word));
}

class Expansion {
  readonly #source: PipelineText;
  readonly #surroundings: Surroundings;
  #fields = new Fields();

  constructor(source: PipelineText, surroundings: Surroundings) {
    this.#source = source;
    this.#surroundings = surroundings;
  }

  words({ parts, offset, pipeline }: Word): StageWord[] {
    this.#fields = new Fields();
    this.#add(parts);
    const fields = this.#fields.all();
    if (pipeline !== undefined) {
      const texts = fields.map((field) => field.map(({ text }) => text).join(''));
      return texts.map((text, index) =>
        index < texts.length - 1 ? { text, offset } : { text, offset, pipeline },
      );
    }
    return fields.flatMap((field) => this.#pathsOf(field)).map((text) => ({ text, offset }));
  }

  #add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.kind === 'text') this.#fields.append(part.text, part.quoted);
      else if (part.kind === 'gap') this.#fields.end();
      else this.#addParameter(part);
    }
  }

  #addParameter(parameter: Parameter): void {
    const { name, quoted, rule, offset } = parameter;
    const values = this.#valuesOf(name, quoted);
    const none = values === undefined || (rule?.emptyIsNone === true && values.join('') === '');
    if (rule?.operator === '+') {
      if (!none) this.#add(rule.word);
    } else if (!none) this.#addValues(values, quoted);
    else if (rule?.operator === '-') this.#add(rule.word);
    else if (rule?.operator === '?') throw this.#asked(parameter);
    else throw errorAt(this.#source, offset, notSet(name), defaultHint(name));
  }

  /** undefined: not set. `"$*"` is one value, `$@` as many as there are. */
  #valuesOf(name: string, quoted: boolean): readonly string[] | undefined {
    const { arguments: words, variables } = this.#surroundings;
    if (name === '#') return [String(words.length)];
    if (name === '@') return words;
    if (name === '*') return quoted ? [words.join(' ')] : words;
    if (!/^[0-9]/.test(name)) return Object.hasOwn(variables, name) ? one(variables[name]) : undefined;
    return Number(name) === 0 ? [this.#surroundings.name] : one(words[Number(name) - 1]);
  }

  #addValues(values: readonly string[], quoted: boolean): void {
    values.forEach((value, index) => {
      if (index > 0) this.#fields.end();
      if (quoted || value !== '') this.#fields.append(value, true);
    });
  }

  /** `${NAME:?message}` where there is no value. */
  #asked({ name, rule, offset }: Parameter): Error {
    const expansion = new Expansion(this.#source, this.#surroundings);
    const message = expansion.words({ parts: rule!.word, offset }).map(({ text }) => text);
    return errorAt(
      this.#source,
      offset,
      message.length === 0 ? notSet(name) : `${parameterWord(name)}: ${message.join(' ')}`,
    );
  }

  #pathsOf(field: readonly Piece[]): readonly string[] {
    const text = field.map((piece) => piece.text).join('');
    if (!field.some((piece) => !piece.quoted && /[*?[]/.test(piece.text))) return [text];
    const pattern = field.map((piece) => (piece.quoted ? escaped(piece.text) : piece.text)).join('');
    const paths = this.#surroundings.matches(pattern);
    return paths.length === 0 ? [text] : paths;
  }
}

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

/** The words that come of one word of the text. */
class Fields {
  readonly #done: (readonly Piece[])[] = [];
  /** undefined: nothing of the next word is there yet. */
  #open: Piece[] | undefined;

  append(text: string, quoted: boolean): void {
    this.#open ??= [];
    this.#open.push({ text, quoted });
  }

  end(): void {
    if (this.#open !== undefined) this.#done.push(this.#open);
    this.#open = undefined;
  }

  all(): readonly (readonly Piece[])[] {
    this.end();
    return this.#done;
  }
}

const one = (value: string | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [value];

const escaped = (text: string): string => text.replaceAll(/[\\*?[\]]/g, '\\$&');

const parameterWord = (name: string): string => (/^[0-9]{2}/.test(name) ? `\${${name}}` : `$${name}`);

const notSet = (name: string): string =>
  /^[0-9]/.test(name) ? `${parameterWord(name)}: there is no such argument` : `$${name} is not set`;

const defaultHint = (name: string): string =>
  /^[0-9]/.test(name)
    ? `give it behind the FILE, or a default: \${${name}:-…}`
    : `set it before: ${name}=… tm run FILE, or give it a default: \${${name}:-…}`;
