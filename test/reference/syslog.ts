import { FACILITIES, SEVERITIES } from '../../src/formats/syslog-priority.ts';

/** A message of RFC 5424 by its grammar (section 6), as the members that it has; undefined: it is none. */
export function readRfc5424(line: string): Record<string, unknown> | undefined {
  const found = MESSAGE.exec(line)?.groups;
  if (found === undefined || Number(found.pri) > 191) return undefined;
  const elements = [...(found.data ?? '').matchAll(ELEMENT)].map((match) => match.groups!);
  if (new Set(elements.map(({ id }) => id)).size < elements.length) return undefined;
  const dash = (text: string | undefined) => (text === '-' ? null : text);
  const process = dash(found.process);
  return {
    time: dash(found.time),
    facility: FACILITIES[Math.floor(Number(found.pri) / 8)],
    severity: SEVERITIES[Number(found.pri) % 8],
    hostname: dash(found.host),
    app_name: dash(found.app),
    proc_id: process && /^(0|-?[1-9]\d*)$/.test(process) ? Number(process) : process,
    msg_id: dash(found.id),
    structured_data: found.data === '-' ? null : Object.fromEntries(elements.map(elementOf)),
    message: found.message?.replace(/^\ufeff/, '') || null,
  };
}

const NAME = '[^\\0- "=\\]\\x7f]+';
const VALUE = '"(?:[^"\\\\]|\\\\.)*"';
const MESSAGE = new RegExp(
  `^<(?<pri>\\d{1,3})>1 (?<time>-|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d))` +
    ' (?<host>[^ ]+) (?<app>[^ ]+) (?<process>[^ ]+) (?<id>[^ ]+)' +
    ` (?<data>-|(?:\\[${NAME}(?: ${NAME}=${VALUE})*\\])+)(?: (?<message>.*))?$`,
  'su',
);
const ELEMENT = new RegExp(`\\[(?<id>${NAME})(?<parameters>(?: ${NAME}=${VALUE})*)\\]`, 'gsu');
const PARAMETER = new RegExp(` (?<name>${NAME})=(?<value>${VALUE})`, 'gsu');

function elementOf({ id, parameters }: Record<string, string>): [string, Record<string, unknown>] {
  const values: Record<string, string[]> = {};
  for (const { groups } of parameters!.matchAll(PARAMETER)) {
    const text = groups!.value!.slice(1, -1).replaceAll(/\\(["\\\]])/g, '$1');
    values[groups!.name!] = [...(values[groups!.name!] ?? []), text];
  }
  const lists = Object.entries(values).map(([name, list]) => [name, list.length === 1 ? list[0] : list]);
  return [id!, Object.fromEntries(lists)];
}
