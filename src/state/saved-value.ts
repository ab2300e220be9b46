import { damaged } from './saved-bytes.ts';

/** Members of a value that was saved as JSON, of which all must be what they are asked for. @throws TidemarkError `failed` */
export class SavedValue {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw damaged('a value is no object');
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /** A number that `savedNumber` made. */
  number(name: string): number {
    return numberOf(name, this.#members[name]);
  }

  /** A whole number from `least` on. */
  integer(name: string, least: number): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value) || value < least) throw damaged(`${name} is out of range`);
    return value;
  }

  boolean(name: string): boolean {
    return booleanOf(name, this.#members[name]);
  }

  text(name: string): string {
    return textOf(name, this.#members[name]);
  }

  texts(name: string): string[] {
    return this.#list(name).map((value) => textOf(name, value));
  }

  /** What a member holds of its own. */
  inner(name: string): SavedValue {
    return new SavedValue(this.#members[name]);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#members[name];
    if (!Array.isArray(value)) throw damaged(`${name} is no list`);
    return value;
  }
}

/** A number as JSON can hold it: infinite ones as text. */
export const savedNumber = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

function numberOf(name: string, value: unknown): number {
  if (value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value !== 'number') throw damaged(`${name} is no number`);
  return value;
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw damaged(`${name} has what is no text`);
  return value;
}

function booleanOf(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw damaged(`${name} is neither true nor false`);
  return value;
}
