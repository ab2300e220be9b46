/**
 * What is known of the members of events: a subset of JSON Schema (draft 2020-12: type, properties, required,
 * additionalProperties, items, format, description), carried in `@stream`. Where nothing is known nothing is claimed.
 */

/** Types that a value may have, as bits. `integer` is a number spelled without fraction and exponent. */
export const TYPE_NULL = 1;
export const TYPE_BOOLEAN = 2;
export const TYPE_INTEGER = 4;
/** A number that may have a fraction; one that may be either has both bits. */
export const TYPE_FRACTION = 8;
export const TYPE_STRING = 16;
export const TYPE_LIST = 32;
export const TYPE_OBJECT = 64;
export const TYPE_ANY = 127;

/** What is known of one value. */
export interface ValueSchema {
  /** Bits of the types that it may have. */
  readonly types: number;
  /** Of the elements of a list; undefined: not known. */
  readonly items?: ValueSchema;
  /** Of the members of an object; undefined: not known. */
  readonly members?: Schema;
  /** Of a string: `date-time`, `duration`, `ipv4` … as JSON Schema calls them. */
  readonly format?: string;
}

export interface MemberSchema extends ValueSchema {
  /** Every event has it. */
  readonly required: boolean;
}

/** What is known of the members of an object: of the event, or of one in it. */
export interface Schema {
  /** By name, as users write it (`@@t` for a member of theirs that is called `@t`); in the order of output. */
  readonly members: ReadonlyMap<string, MemberSchema>;
  /** No other members occur: a field that is not in `members` is a mistake. */
  readonly closed: boolean;
}

/** Nothing is known. */
export const ANY_VALUE: ValueSchema = { types: TYPE_ANY };

/** The schema of events that have further members; where nothing is known of the others, it says only this. */
export const withMembers = (
  schema: Schema | undefined,
  members: Iterable<readonly [string, MemberSchema]>,
): Schema => ({
  members: new Map([...(schema?.members ?? []), ...members]),
  closed: schema?.closed ?? false,
});
