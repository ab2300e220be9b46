import {
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from '../../src/stream/schema.ts';

/** A field of a text format. */
export interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/** What JSON a field may be, with the type of each, in the order of preference. */
function readings({ text, quoted }: Field, nullIsWord: boolean): [number, string][] {
  const asText: [number, string] = [TYPE_STRING, JSON.stringify(text)];
  const other = otherReading(text, nullIsWord && !quoted);
  if (other === undefined) return [asText];
  return quoted ? [asText, other] : [other, asText];
}

function otherReading(text: string, nullIsWord: boolean): [number, string] | undefined {
  if (text === '') return [TYPE_NULL, 'null'];
  if (/^-?(0|[1-9][0-9]{0,999})$/.test(text)) return [TYPE_INTEGER, text];
  if (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(text)) return [TYPE_FRACTION, text];
  if (text === 'true' || text === 'false') return [TYPE_BOOLEAN, text];
  if (text === 'null' && nullIsWord) return [TYPE_NULL, text];
  if (!/^[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return [text.startsWith('[') ? TYPE_LIST : TYPE_OBJECT, text.replaceAll(/[\n\t]/g, ' ')];
}

/**
 * A field as JSON text that has one of the types that are declared of it; undefined: it can have none of them.
 * @param nullIsWord the format has a word for null
 */
export const declaredText = (field: Field, types: number, nullIsWord: boolean): string | undefined =>
  readings(field, nullIsWord).find(([type]) => (types & type) !== 0)?.[1];
