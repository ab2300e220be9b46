import { digest, xxh64 } from '../../aggregates/xxh64.ts';
import { ByteWriter } from '../../json/byte-writer.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import { writeValue } from '../json-value.ts';
import { integerValue, type NumberValue } from '../number-value.ts';
import { ANY, INTEGER_TYPE } from '../type.ts';
import type { Value } from '../value.ts';

/** Written to and cleared within one call. */
const scratch = new ByteWriter(1 << 10);
const TWO_TO_32 = 2 ** 32;
/** Products of two numbers below it are exact. */
const SMALL = 2 ** 21;

export const hash: FunctionDefinition = {
  name: 'hash',
  form: 'call',
  usage: 'hash(X[, N])',
  summary: 'hash a value by XXH64, a text its UTF-8, all else its JSON: an integer below 2^64, or below N',
  example: ['hash("tidemark", 100) < 100', 'true'],
  parameters: [ANY, INTEGER_TYPE],
  optional: 1,
  result: INTEGER_TYPE,
  prepare([, n]) {
    return typeof n === 'number' && n > 0 && n <= SMALL ? (value) => smallHash(value!, n) : this.call;
  },
  call(value: Value, n?: NumberValue) {
    hashOf(value);
    const whole = BigInt.asUintN(64, (BigInt(digest.high) << 32n) | BigInt(digest.low >>> 0));
    if (n === undefined) return integerValue(whole);
    if (n <= 0) throw new FunctionFailure('a hash is below a number of 1 or more');
    return integerValue(whole % BigInt(n));
  },
};

function smallHash(value: Value, n: number): number {
  hashOf(value);
  return (((digest.high >>> 0) % n) * (TWO_TO_32 % n) + ((digest.low >>> 0) % n)) % n;
}

function hashOf(value: Value): void {
  scratch.clear();
  if (typeof value === 'string') scratch.utf8(value);
  // A double is spelled as the integer that it is equal to.
  else if (Number.isInteger(value)) scratch.ascii(BigInt(value as number).toString());
  else writeValue(scratch, value);
  xxh64(scratch.bytes, 0, scratch.length);
}
