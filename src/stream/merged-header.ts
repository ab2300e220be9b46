import { TidemarkError, usageError } from '../errors.ts';
import { formatDuration } from '../time/duration.ts';
import { firingJson } from './firing-json.ts';
import { headerValue, PLAIN_HEADER, withSchema } from './header.ts';
import type { Header, StateReference } from './marker.ts';
import { unionOfSchemas } from './schema-union.ts';

/** One of several streams that become one. */
export interface NamedHeader {
  /** For messages: `input 2 (clicks.stream)`. */
  readonly name: string;
  readonly header: Header;
}

/**
 * The header of the stream that several streams become: what holds for the events of all of them.
 * @param inputs at least one, in order
 * @throws TidemarkError `usage` where their windows are others, or they keep state in other directories
 */
export function mergedHeader(inputs: readonly NamedHeader[]): Header {
  const [first, ...others] = inputs;
  for (const other of others) {
    refuseOtherWindows(first!, other);
    refuseOtherState(first!, other);
  }
  const headers = inputs.map(({ header }) => header);
  const { firing, windowing } = first!.header;
  const state = mergedState(headers);
  const panes = headers.some((header) => header.panes === 'replacing')
    ? 'replacing'
    : headers.find((header) => header.panes !== undefined)?.panes;
  const schemas = headers.flatMap(({ schema }) => schema ?? []);
  const merged: Header = {
    version: 1,
    commands: mergedCommands(headers.map(({ commands }) => commands)),
    bounded: headers.every(({ bounded }) => bounded),
    watermark: {
      ...longest('delay', headers, ({ watermark }) => watermark.delay),
      ...longest('every', headers, ({ watermark }) => watermark.every),
    },
    ...longest('ticks', headers, ({ ticks }) => ticks),
    windowing,
    ...(firing === undefined ? {} : { firing }),
    ...(panes === undefined ? {} : { panes }),
    branch: commonBranch(headers.map(({ branch }) => branch)),
    ...(state === undefined ? {} : { state }),
    other: mergedOther(headers),
  };
  // Where nothing is known of the events of one of them, nothing is known of all.
  return withSchema(merged, schemas.length === headers.length ? unionOfSchemas(schemas) : undefined);
}

function refuseOtherWindows(first: NamedHeader, other: NamedHeader): void {
  const [windows, others] = [windowsOf(first.header), windowsOf(other.header)];
  if (windows !== others) {
    const [one, two] = [windowingText(first.header), windowingText(other.header)];
    throw usageError(
      `the windows differ: ${first.name} has ${one}, ${other.name} has ${two}`,
      'window all inputs alike, or none of them and what is merged: tm merge … | tm window …',
    );
  }
  const changed = differences(firingOf(first.header), firingOf(other.header));
  if (changed === '') return;
  throw usageError(
    `the windows fire otherwise: ${first.name} and ${other.name} differ in ${changed}`,
    'give tm window the same trigger, lateness and mode in all inputs, or put it behind the merge',
  );
}

/** As a header has them, without when they fire. */
const windowsOf = ({ windowing }: Header): string =>
  canonical(headerValue({ ...PLAIN_HEADER, windowing }).windowing);

const firingOf = ({ firing }: Header): Record<string, string> =>
  firing === undefined ? {} : firingJson(firing);

/** `fixed size 5m offset 0s` */
const windowingText = ({ windowing: { kind, ...members } }: Header): string =>
  [
    kind,
    ...Object.entries(members).map(
      ([name, value]) => `${name} ${typeof value === 'number' ? formatDuration(value) : value}`,
    ),
  ].join(' ');

/** The names of the members in which two objects differ. */
function differences(one: Record<string, string>, other: Record<string, string>): string {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.filter((name) => one[name] !== other[name]).join(', ');
}

/** A text that is equal where the values are, in whatever order their members stand. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? '';

function refuseOtherState(first: NamedHeader, other: NamedHeader): void {
  const [one, two] = [first.header.state, other.header.state];
  if (one === undefined && two === undefined) return;
  if (one === undefined || two === undefined) {
    const [kept, unkept] = one === undefined ? [other, first] : [first, other];
    throw usageError(
      `${kept.name} keeps state in ${kept.header.state!.directory}, and ${unkept.name} keeps none: after a restart it would come again from its start`,
      'give all locations to one tm source --state, or merge without state',
    );
  }
  if (one.directory === two.directory && one.id === two.id) {
    if (one.attempt === two.attempt && one.epoch === two.epoch) return;
    throw new TidemarkError('cut', `${first.name} and ${other.name} are of two runs of one source`, {
      hint: 'run the whole line again',
    });
  }
  throw usageError(
    `${first.name} keeps state in ${one.directory}, and ${other.name} in ${two.directory}: their epochs are not the same`,
    'give all locations to one tm source --state; or join the stages in one process by tm run, without state',
  );
}

/** With the stages of all inputs, each once. */
function mergedState(headers: readonly Header[]): StateReference | undefined {
  const [state] = headers.flatMap((header) => header.state ?? []);
  if (state === undefined) return undefined;
  return { ...state, stages: [...new Set(headers.flatMap((header) => header.state?.stages ?? []))] };
}

/** Those that all streams have been through, then what each has for itself. */
function mergedCommands(lists: readonly (readonly string[])[]): string[] {
  const shared = commonStart(lists);
  return [...shared, ...lists.flatMap((list) => list.slice(shared.length))];
}

/** `tee.0` and `tee.0.route.1` are of `tee.0`; what is not of one branch is of the main line. */
function commonBranch(branches: readonly string[]): string {
  const pairs = branches.map((branch) => branch.match(/[^.]+\.[^.]+/g) ?? []);
  return commonStart(pairs).join('.');
}

function commonStart(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = lists;
  const end = first.findIndex((word, index) => lists.some((list) => list[index] !== word));
  return end < 0 ? first : first.slice(0, end);
}

/** The longest is long enough for all; where none is known it is left out. */
function longest<Name extends string>(
  name: Name,
  headers: readonly Header[],
  of: (header: Header) => number | undefined,
): { readonly [Key in Name]?: number } {
  const known = headers.flatMap((header) => of(header) ?? []);
  return (known.length === 0 ? {} : { [name]: Math.max(...known) }) as { [Key in Name]?: number };
}

/** Of members that two of them have, that of the first. A run has nothing to do only where all have nothing to do. */
function mergedOther(headers: readonly Header[]): Header['other'] {
  const { skipped, ...other } = Object.assign({}, ...[...headers].reverse().map((header) => header.other));
  return headers.every((header) => header.other.skipped === true) ? { ...other, skipped } : other;
}
