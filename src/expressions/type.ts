/** Type of an expression, as far as it is known before the first event. Every type may be null as well. */
export type Type =
  | { readonly kind: 'any' }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  /** `integer`: known to have no fraction. */
  | { readonly kind: 'number'; readonly integer?: true }
  | { readonly kind: 'string' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'list'; readonly element: Type }
  /** `members` undefined: not known; `closed`: there are no others. */
  | { readonly kind: 'object'; readonly members?: ReadonlyMap<string, Type>; readonly closed?: true };

export const ANY: Type = { kind: 'any' };
export const NULL_TYPE: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const NUMBER_TYPE: Type = { kind: 'number' };
export const INTEGER_TYPE: Type = { kind: 'number', integer: true };
export const STRING_TYPE: Type = { kind: 'string' };
export const TIMESTAMP: Type = { kind: 'timestamp' };
export const DURATION_TYPE: Type = { kind: 'duration' };
export const OBJECT_TYPE: Type = { kind: 'object' };
export const LIST_OF_ANY: Type = { kind: 'list', element: ANY };

export const listOf = (element: Type): Type => ({ kind: 'list', element });
