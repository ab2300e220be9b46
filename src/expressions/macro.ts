/** What binds a variable to each element of a list, or to each name of an object. */
export type Macro = 'all' | 'exists' | 'exists_one' | 'filter' | 'map';

/** How each is written, for messages. */
const USAGE: Readonly<Record<Macro, string>> = {
  all: 'LIST.all(x, CONDITION)',
  exists: 'LIST.exists(x, CONDITION)',
  exists_one: 'LIST.exists_one(x, CONDITION)',
  filter: 'LIST.filter(x, CONDITION)',
  map: 'LIST.map(x, RESULT) or LIST.map(x, CONDITION, RESULT)',
};

export const MACROS = Object.keys(USAGE) as readonly Macro[];

export const isMacro = (name: string): name is Macro => Object.hasOwn(USAGE, name);

export const usageOfMacro = (macro: Macro): string => USAGE[macro];
