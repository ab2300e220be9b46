import { throwTogether, usageError } from '../errors.ts';
import { fieldSchema } from '../expressions/field-check.ts';
import { withoutPanes } from '../expressions/known-events.ts';
import type { Destination } from '../formats/destination.ts';
import { type Asked, askedByTemplate, type Template } from '../formats/template.ts';
import { throughCommand } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import { TYPE_STRING } from '../stream/schema.ts';
import { inWords } from '../stream/type-words.ts';

/** What results are made of besides the members that events have. */
export interface AskedOfEvents {
  readonly destination: Destination | undefined;
  readonly template: Template | undefined;
}

/**
 * Looks at what a sink makes of events whose header this is; nothing is opened.
 * @returns the header behind it
 * @throws TidemarkError `usage` for a template or a LOCATION that asks for what no event has
 */
export function checkSink({ destination, template }: AskedOfEvents, header: Header): Header {
  const all = [...(destination?.asked ?? []), ...(template === undefined ? [] : askedByTemplate(template))];
  throwTogether(all.map((asked) => () => checkAsked(asked, header)));
  return throughCommand(header, 'sink');
}

function checkAsked({ meta, path, expression, time }: Asked, header: Header): void {
  expression?.check(header);
  const { schema, windowing } = header;
  if (schema === undefined || path === undefined) return;
  if (meta !== undefined) {
    if (!schema.closed || schema.members.has(path.text)) return;
    if (meta.startsWith('pane_')) refusePane(meta, header);
    if (!meta.startsWith('window_') || windowing.kind !== 'global') return;
    throw usageError(
      `no event has a ${meta}: nothing puts events in windows`,
      'put a tm window before: tm window fixed 5m',
    );
  }
  const known = fieldSchema(schema, path);
  if (time && (known.types & TYPE_STRING) === 0)
    throw usageError(
      `a time is wanted of ${path.text}, which is ${inWords(known)}`,
      '{@t:%Y-%m-%d} is the time of the event',
    );
}

function refusePane(meta: string, header: Header): void {
  const without = withoutPanes(header);
  if (without !== undefined) throw usageError(`no event has a ${meta}: ${without.message}`, without.hint);
}
