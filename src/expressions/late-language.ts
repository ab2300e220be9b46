import type { Expression } from './expression.ts';

type Language = typeof import('./language.ts');
type ComputedResult = ReturnType<Language['parseComputed']>;

/** Loaded by the first who needs it; never freed. */
let language: Language | undefined;

/** What functions of expressions need that is still to be loaded; emptied when it is. */
let loads: (() => Promise<void>)[] = [];

/** Thrown where an expression is to be parsed before `loadFor` has loaded what parses it. */
class LanguageMissing extends Error {}

/** Where there is no time to load it: a Node program builds its stages at once. */
export function provideLanguage(provided: Language): void {
  language = provided;
}

/** @throws LanguageMissing */
export function languageAtHand(): Language {
  if (language === undefined) throw new LanguageMissing('the language of expressions is not loaded');
  return language;
}

/**
 * Parses an expression.
 * @throws TidemarkError `usage`
 * @throws LanguageMissing
 */
export function parseLate(text: string): Expression {
  return noteLoad(languageAtHand().parseExpression(text));
}

/**
 * Parses a result that is computed of others.
 * @throws TidemarkError `usage`
 * @throws LanguageMissing
 */
export function parseComputedLate(...args: Parameters<Language['parseComputed']>): ComputedResult {
  const result = languageAtHand().parseComputed(...args);
  noteLoad(result.expression);
  return result;
}

/** Remembers what the expression's functions need, for `finishLoads`. */
function noteLoad(expression: Expression): Expression {
  if (expression.load !== undefined) loads.push(expression.load);
  return expression;
}

/**
 * Loads what `build` needs to parse the expressions among its arguments: undefined, and nothing is loaded, where there
 * are none. What is wrong with the arguments is told by who builds.
 */
export function loadFor(build: () => unknown): Promise<void> | undefined {
  try {
    build();
  } catch (error) {
    if (error instanceof LanguageMissing) return loadAndTry(build);
  }
  return finishLoads();
}

async function loadAndTry(build: () => unknown): Promise<void> {
  language = await import('./language.ts');
  await loadFor(build);
}

/** Loads what the functions of the expressions parsed so far need; undefined: it is all there. @throws TidemarkError `usage` */
export function finishLoads(): Promise<void> | undefined {
  if (loads.length === 0) return undefined;
  const waiting = loads;
  loads = [];
  return Promise.all(waiting.map((load) => load())).then(() => {});
}
