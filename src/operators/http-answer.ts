import { Buffer, isUtf8 } from 'node:buffer';
import { failure, skipSpace, valueEnd } from '../json/scan.ts';
import { readRetryAfter } from './retry-delay.ts';
import type { Attempt } from './shared-requests.ts';

export interface HttpAnswer {
  readonly status: number;
  /** The header Retry-After. */
  readonly retryAfter: string | undefined;
  /** Empty unless the status is 2xx; undefined: larger than allowed. */
  readonly body: Buffer | undefined;
}

/** There is no answer: the connection was refused or broke, time ran out. The message is the reason. */
export class NoAnswer extends Error {}

export interface HttpClient {
  /** Asks once. Rejects with NoAnswer when there is none. */
  get(url: string): Promise<HttpAnswer>;
  /** Lets go of idle connections; the next `get` makes new ones. */
  close(): Promise<void>;
  /** Ends what is under way. Never throws. */
  destroy(): Promise<void>;
}

/**
 * What an answer means. 2xx: its body is JSON, and null where there is none. 404: nothing is known, null.
 * 408, 429 and 5xx may work later; all others will not.
 * @param now epoch ms
 */
export function readAnswer(answer: HttpAnswer, now: number): Attempt<Buffer> {
  const { status, body, retryAfter } = answer;
  if (status >= 200 && status < 300) {
    return body === undefined ? { kind: 'refused', reason: 'the answer is too large' } : readBody(body);
  }
  if (status === 404) return { kind: 'done', value: NULL };
  const reason = `status ${status}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', reason };
  const wait = retryAfter === undefined ? undefined : readRetryAfter(retryAfter, now);
  return { kind: 'failed', reason, ...(wait === undefined ? {} : { wait }) };
}

/** The JSON text of a body in one line: line ends stand between tokens only, and become spaces. */
function readBody(body: Buffer): Attempt<Buffer> {
  // RFC 8259, section 8.1: a reader may pass over a byte order mark.
  const start = skipSpace(
    body,
    body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0,
    body.length,
  );
  if (start === body.length) return { kind: 'done', value: NULL };
  const end = valueEnd(body, start, body.length);
  if (end < 0) return notJson(`${failure.reason} (byte ${failure.at + 1})`);
  const behind = skipSpace(body, end, body.length);
  if (behind < body.length) return notJson(`something follows the value (byte ${behind + 1})`);
  if (!isUtf8(body)) return notJson('the bytes are not UTF-8');
  const value = body.subarray(start, end);
  for (let i = 0; i < value.length; i++) if (value[i] === LF || value[i] === CR) value[i] = SPACE;
  return { kind: 'done', value };
}

const notJson = (why: string): Attempt<Buffer> => ({
  kind: 'refused',
  reason: `the answer is no JSON: ${why}`,
});

/** What is added where nothing is known. */
export const NULL = Buffer.from('null');
const LF = 10;
const CR = 13;
const SPACE = 0x20;
