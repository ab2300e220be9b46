import { BOOLEAN, INTEGER_TYPE, STRING_TYPE, TIMESTAMP, type Type } from './type.ts';

/** What is known of an event beside its members: by the function that tells it, the type. */
const TYPES = {
  event_time: TIMESTAMP,
  window_start: TIMESTAMP,
  window_end: TIMESTAMP,
  pane_index: INTEGER_TYPE,
  pane_timing: STRING_TYPE,
  pane_is_first: BOOLEAN,
  pane_is_last: BOOLEAN,
} satisfies Readonly<Record<string, Type>>;

export type Metadata = keyof typeof TYPES;
/** Of a pane: by the function, the member of `@pane`. */
export const PANE_MEMBERS = {
  pane_index: 'index',
  pane_timing: 'timing',
  pane_is_first: 'first',
  pane_is_last: 'last',
} satisfies Readonly<Partial<Record<Metadata, string>>>;
export type OfPane = keyof typeof PANE_MEMBERS;

export const METADATA = Object.keys(TYPES) as readonly Metadata[];

export const isMetadataFunction = (name: string): name is Metadata => Object.hasOwn(TYPES, name);

export const isOfPane = (name: Metadata): name is OfPane => Object.hasOwn(PANE_MEMBERS, name);

export const typeOfMetadata = (name: Metadata): Type => TYPES[name];
