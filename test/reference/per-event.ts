import { evaluate, type Plain, Rejected } from './expressions.ts';
import { type Json, type Member, parseJson } from './json.ts';
import type { EventItem, Item } from './stream.ts';

// filter, map, explode and route over plain items.

/** The items that go on, and the events that are rejected, in their order. */
export interface Passed {
  readonly items: readonly Item[];
  readonly rejected: readonly EventItem[];
}

/** JSON of an event's members. */
const objectText = (members: readonly Member[]): string =>
  `{${members.map(({ nameText, value }) => `${nameText}:${value.text}`).join(',')}}`;

const valueOf = (expression: string, { members }: EventItem): Plain =>
  evaluate(expression, objectText(members));

function conditionOf(expression: string, event: EventItem): boolean | null {
  const value = valueOf(expression, event);
  if (value !== null && typeof value !== 'boolean') throw new Rejected('no condition');
  return value;
}

/** Changes each event by itself; one that throws Rejected is rejected. */
function eachEvent(items: readonly Item[], change: (event: EventItem) => readonly EventItem[]): Passed {
  const rejected: EventItem[] = [];
  const passed = items.flatMap((item): readonly Item[] => {
    if (item.kind !== 'event') return [item];
    try {
      return change(item);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      rejected.push(item);
      return [];
    }
  });
  return { items: passed, rejected };
}

/** The first condition that is not true decides. */
export const filtered = (items: readonly Item[], conditions: readonly string[]): Passed =>
  eachEvent(items, (event) => (conditions.every((each) => conditionOf(each, event) === true) ? [event] : []));

/** As `filtered`, by the first condition that is true; -1: none is. */
export function routed(
  items: readonly Item[],
  conditions: readonly string[],
): Passed & { readonly branchOf: ReadonlyMap<Item, number> } {
  const branchOf = new Map<Item, number>();
  const passed = eachEvent(items, (event) => {
    const branch = conditions.findIndex((each) => conditionOf(each, event) === true);
    branchOf.set(event, branch);
    return branch < 0 ? [event] : [];
  });
  return { ...passed, branchOf };
}

/** What `map` is to do: assigned names with expressions, in order. */
export interface Mapping {
  readonly assigned: readonly (readonly [name: string, expression: string])[];
  readonly only?: boolean;
  readonly drop?: readonly string[];
  /** From the old name to the new one. */
  readonly rename?: Readonly<Record<string, string>>;
}

export function mapped(items: readonly Item[], { assigned, only, drop = [], rename = {} }: Mapping): Passed {
  const targets = Object.values(rename);
  return eachEvent(items, (event) => {
    const computed = new Map<string, Json>();
    for (const [name, expression] of assigned) {
      const seen = [...computed].map(([known, value]) => memberOf(known, value));
      const rest = event.members.filter((member) => !computed.has(member.name));
      computed.set(name, jsonOf(valueOf(expression, { ...event, members: [...rest, ...seen] })));
    }
    const left = new Map(computed);
    const members = event.members.flatMap((member): Member[] => {
      if (only) return [];
      const newName = rename[member.name];
      if (newName !== undefined) return [memberOf(newName, member.value)];
      if (drop.includes(member.name) || targets.includes(member.name)) return [];
      const value = computed.get(member.name);
      if (value === undefined) return [member];
      return left.delete(member.name) ? [{ ...member, value }] : [];
    });
    return [{ ...event, members: [...members, ...[...left].map(([name, value]) => memberOf(name, value))] }];
  });
}

export interface Exploding {
  readonly name: string;
  readonly expression: string;
  readonly split?: (text: string) => readonly string[];
  readonly position?: string;
  readonly keepEmpty?: boolean;
}

export const exploded = (
  items: readonly Item[],
  { name, expression, split, position, keepEmpty = false }: Exploding,
): Passed =>
  eachEvent(items, (event) => {
    let list = valueOf(expression, event);
    if (typeof list === 'string' && split !== undefined) list = split(list);
    if (list !== null && !Array.isArray(list)) throw new Rejected('no list');
    const elements = (list ?? []) as readonly Plain[];
    const numbered = elements.map((each, index): [Plain, Plain] => [each, BigInt(index + 1)]);
    if (numbered.length === 0 && keepEmpty) numbered.push([null, null]);
    return numbered.map(([element, number]) => {
      const value = jsonOf(element);
      let there = false;
      const members = event.members.flatMap((member): Member[] => {
        if (member.name === position) return [];
        if (member.name !== name) return [member];
        if (there) return [];
        there = true;
        return [{ ...member, value }];
      });
      if (!there) members.push(memberOf(name, value));
      if (position !== undefined) members.push(memberOf(position, jsonOf(number)));
      return { ...event, members };
    });
  });

const memberOf = (name: string, value: Json): Member => ({ name, nameText: JSON.stringify(name), value });

const jsonOf = (value: Plain): Json => parseJson(plainText(value));

function plainText(value: Plain): string {
  if (typeof value === 'bigint') return String(value);
  // A double that is integral is spelled so that it is read back as one: 1e300 has 301 digits.
  if (typeof value === 'number') return Number.isInteger(value) ? value.toExponential() : String(value);
  if (value instanceof Map)
    return `{${[...value].map(([name, each]) => `${JSON.stringify(name)}:${plainText(each)}`).join(',')}}`;
  return Array.isArray(value) ? `[${value.map(plainText).join(',')}]` : JSON.stringify(value);
}

/** The lines of a stream with the values of some members in one spelling for all that are equal. */
export function normalized(text: string, names: readonly string[]): string[] {
  return text.split('\n').map((line) => {
    if (!line.startsWith('{"@t"')) return line;
    const members = parseJson(line).value as readonly Member[];
    return members
      .map(({ name, nameText, value }) =>
        names.includes(name) ? `${nameText}:${spelled(value)}` : `${nameText}:${value.text}`,
      )
      .join(',');
  });
}

function spelled({ text, value }: Json): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (text.startsWith('[')) return `[${(value as readonly Json[]).map(spelled).join(',')}]`;
  const members = value as readonly Member[];
  const first = members.filter(({ name }, i) => members.findIndex((each) => each.name === name) === i);
  return `{${first.map(({ name, value: each }) => `${JSON.stringify(name)}:${spelled(each)}`).join(',')}}`;
}
