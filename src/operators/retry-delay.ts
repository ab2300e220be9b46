/** Upper bound of the first delay, ms; it doubles from attempt to attempt … */
const BASE = 500;
/** … up to this. */
const CAP = 30_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`, when so many have failed: exponential back-off with full
 * jitter, random(0, min(cap, base · 2^(attempt − 1))) (M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015). What the server asked for comes on top, so that those whom it sent away together
 * do not come back together.
 * @param random from 0 to below 1
 * @param asked milliseconds that the server wants to be left alone
 */
export function retryDelay(attempt: number, random: number, asked = 0): number {
  return asked + random * Math.min(CAP, BASE * 2 ** (attempt - 1));
}

/**
 * The value of a Retry-After header (RFC 9110, section 10.2.3): seconds, or an HTTP date.
 * @param now epoch ms
 * @returns milliseconds from now; undefined when it is neither
 */
export function readRetryAfter(text: string, now: number): number | undefined {
  const value = text.trim();
  if (/^[0-9]+$/.test(value)) return Number(value) * 1000;
  // All three forms of an HTTP date name a day of the week; the oldest leaves out that it is GMT.
  if (!/^[A-Za-z]{3,9},? /.test(value)) return undefined;
  const time = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
