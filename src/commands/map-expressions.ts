import { throwTogether, usageError } from '../errors.ts';
import { type Assignment, parseAssignment } from '../expressions/assignment.ts';
import { parseMemberName } from '../expressions/member-name.ts';
import { refuseMetadata } from '../expressions/metadata-field.ts';
import { ANY } from '../expressions/type.ts';
import { nameOfPath, type Path } from '../json/path.ts';
import { MapMembers, type MapOptions } from '../operators/map.ts';
import { type FieldPair, fieldPairs } from './field-pairs.ts';
import { sideFiles } from './options.ts';
import { GivenSides } from './side-option.ts';
import type { ArgumentSpec, Given, OptionSpec } from './spec.ts';
import type { Stage } from './stage.ts';
import { FIELDS, flag, option } from './values.ts';

const only: OptionSpec = {
  name: 'only',
  help: 'leave out all members but those that are named here, in this order',
};

const drop: OptionSpec<Path[]> = {
  name: 'drop',
  value: FIELDS,
  help: 'members to leave out, separated by commas',
};

const rename: OptionSpec<FieldPair[]> = {
  name: 'rename',
  value: fieldPairs('NEW=OLD,…'),
  help: 'members that get another name, and stay where they stand',
};

export const mapExpressionOptions: readonly OptionSpec[] = [only, drop, rename];

export const ASSIGNMENT: ArgumentSpec = {
  name: 'NAME=EXPR',
  help: "a member and what it gets: 'kb = bytes / 1024'; FIELD alone: the field, called as it is",
  required: false,
  variadic: true,
};

/** @throws TidemarkError `usage` */
export function buildMapExpressions(given: Given): Stage {
  const sides = new GivenSides(given);
  const { bindings } = sides;
  const assignments: Assignment[] = [];
  const add = (argument: string): void => {
    const assignment = parseAssignment(argument, bindings);
    if (assignments.some(({ name }) => name === assignment.name))
      throw usageError(`${assignment.name} is assigned twice`, 'give one of them another name');
    if (sides.has(assignment.name))
      throw usageError(`${assignment.name} is a side input, and no member`, 'give one of them another name');
    assignments.push(assignment);
    // What stands behind may use it.
    bindings.set(assignment.name, ANY);
  };
  throwTogether(given.arguments.map((argument) => () => add(argument)));
  const options: MapOptions = {
    assignments,
    bindings,
    only: flag(given, only),
    drop: (option(given, drop) ?? []).map(memberOf),
    rename: (option(given, rename) ?? []).map(({ left, right }) => ({
      from: memberOf(right),
      to: parseMemberName(left),
    })),
  };
  refuseContradictions(options);
  return {
    role: 'operator',
    sides: sideFiles(given),
    ...sides.statelessness,
    lookOutside: sides.look,
    create: async (context) => {
      for (const { expression } of assignments) await expression.load?.();
      return sides.around(context, (bound) => new MapMembers(options, context, bound));
    },
  };
}

/** @throws TidemarkError `usage` for what stands inside of a member */
function memberOf(path: Path): string {
  refuseMetadata(path);
  if (path.steps.length === 1) return nameOfPath(path);
  throw usageError(
    `${path.text} is inside of a member, and cannot be taken out of it`,
    'name a whole member',
  );
}

function refuseContradictions({
  assignments,
  only: alone,
  drop: dropped,
  rename: renamed,
}: MapOptions): void {
  if (alone && assignments.length + dropped.length + renamed.length === 0)
    throw usageError('--only leaves nothing', 'name the members to keep: tm map --only status path');
  if (assignments.length + dropped.length + renamed.length === 0)
    throw usageError(
      'nothing is given to do',
      "tm map 'kb = bytes / 1024', --drop agent, --rename client=host",
    );
  if (alone && dropped.length + renamed.length > 0)
    throw usageError('--only leaves out all that is not named', 'give it without --drop and --rename');
  const names = [...dropped, ...renamed.map(({ from }) => from)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw usageError(`${twice} is dropped or renamed twice`, 'name it once');
  const both = assignments.find(({ name }) => dropped.includes(name));
  if (both !== undefined)
    throw usageError(
      `${both.name} is assigned and dropped`,
      'an assigned member gets its value where it stands',
    );
  const targets = [...renamed.map(({ to }) => to), ...assignments.map(({ name }) => name)];
  const taken = targets.find((name, index) => targets.indexOf(name) < index);
  if (taken !== undefined)
    throw usageError(`two members would be called ${taken}`, 'give one of them another name');
}
