import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { TidemarkError } from '../errors.ts';
import { failure, skipSpace, valueEnd } from '../json/scan.ts';
import type { Schema } from '../stream/schema.ts';
import { parseSchema } from '../stream/schema-json.ts';
import { cannotRead } from './system-error.ts';

/**
 * Reads a schema that a user wrote: a subset of JSON Schema (tm-stream(5)).
 * @throws TidemarkError `failed` where the file cannot be read, `usage` with the place in it where it is no schema
 */
export function readSchemaFile(path: string): Schema {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
  const value = jsonOf(bytes, path);
  try {
    return parseSchema(value);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    throw new TidemarkError('usage', error.message, { where: path, ...hintOf(error) });
  }
}

function jsonOf(bytes: Buffer, path: string): unknown {
  const start = skipSpace(bytes, bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0, bytes.length);
  const end = valueEnd(bytes, start, bytes.length);
  const rest = end < 0 ? failure.at : skipSpace(bytes, end, bytes.length);
  if (end >= 0 && rest === bytes.length) return JSON.parse(bytes.toString('utf8', start, end));
  const before = bytes.toString('latin1', 0, rest);
  throw new TidemarkError('usage', end < 0 ? failure.reason : 'more stands behind the schema', {
    where: path,
    line: before.split('\n').length,
    column: rest - before.lastIndexOf('\n'),
    hint: 'a schema is one JSON object: {"type": "object", "properties": {…}}',
  });
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

const hintOf = ({ hint }: TidemarkError): { hint?: string } => (hint === undefined ? {} : { hint });
