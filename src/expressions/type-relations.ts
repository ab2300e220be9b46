import { ANY, type Type } from './type.ts';

/** Whether nothing is known of what the type's values can do: any, and null, which goes through everything. */
export const isOpen = ({ kind }: Type): boolean => kind === 'any' || kind === 'null';

/** The type of what is of one type or of the other. */
export function unified(a: Type, b: Type): Type {
  if (a === b || b.kind === 'null') return a;
  if (a.kind === 'null') return b;
  if (a.kind !== b.kind) return ANY;
  if (a.kind === 'number') return a.integer === true ? b : a;
  if (a.kind === 'list') return { kind: 'list', element: unified(a.element, (b as typeof a).element) };
  if (a.kind !== 'object') return a;
  return { kind: 'object' };
}

/** The type of a member or an element; undefined: there is none. */
export function typeOfStep(type: Type, step: string | number): Type | undefined {
  if (isOpen(type)) return ANY;
  if (type.kind === 'list') return typeof step === 'number' ? type.element : undefined;
  if (type.kind !== 'object' || typeof step === 'number') return undefined;
  return type.members?.get(step) ?? (type.closed === true ? undefined : ANY);
}

/** Whether a value of the type may stand where the other is wanted, as far as is known. */
export function mayBe(type: Type, wanted: Type): boolean {
  return isOpen(type) || wanted.kind === 'any' || type.kind === wanted.kind;
}
