/**
 * A piece of a word. `quoted`: no pattern, and there also where it is empty. A gap ends a word and begins the
 * next: only the text behind `${NAME:+` has one.
 */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'gap' }
  | Parameter;

/** `$NAME`, `${NAME:-word}`, `$1`, `$@` */
export interface Parameter {
  readonly kind: 'parameter';
  /** A name, a number from 0 on, or one of `@`, `*`, `#`. */
  readonly name: string;
  readonly quoted: boolean;
  readonly offset: number;
  readonly rule: ParameterRule | undefined;
}

export interface ParameterRule {
  /** `-`: the word where there is no value; `+`: the word where there is one; `?`: an error where there is none. */
  readonly operator: '-' | '+' | '?';
  /** Written with a colon: an empty value is as good as none. */
  readonly emptyIsNone: boolean;
  readonly word: readonly Part[];
}

/** A word of the text, not expanded yet. */
export interface Word {
  readonly parts: readonly Part[];
  readonly offset: number;
  /** The stages of `<(…)`, whose text is the word, or its last part. */
  readonly pipeline?: readonly StageText[];
}

/** The words of one stage, in order; at least one. */
export type StageText = readonly Word[];
