const MASK = (1n << 64n) - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK;
const round = (accumulator: bigint, input: bigint): bigint =>
  (rotate((accumulator + input * P2) & MASK, 31n) * P1) & MASK;
const mergeRound = (hash: bigint, lane: bigint): bigint => ((hash ^ round(0n, lane)) * P1 + P4) & MASK;

/** XXH64 with the seed 0, step by step as its specification tells it. */
export function referenceXxh64(input: Uint8Array): bigint {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  let hash = P5;
  if (input.length >= 32) {
    const lanes = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= input.length; at += 32)
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + i * 8, true));
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => (sum + rotate(lanes[i]!, bits)) & MASK, 0n);
    hash = lanes.reduce(mergeRound, hash);
  }
  hash = (hash + BigInt(input.length)) & MASK;
  for (; at + 8 <= input.length; at += 8)
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= input.length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < input.length; at++) hash = (rotate(hash ^ ((BigInt(input[at]!) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
