import type { Buffer } from 'node:buffer';

/** The polynomial of IEEE 802.3, its bits from low to high. */
const POLYNOMIAL = 0xedb88320;

/** What each value of a byte adds. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  return sum;
});

/** CRC-32 of bytes, as zlib, PNG and Ethernet have it: 8 hexadecimal digits. Node 20 has none of its own. */
export function crc32(bytes: Buffer): string {
  let sum = -1;
  for (let at = 0; at < bytes.length; at++) sum = (sum >>> 8) ^ TABLE[(sum ^ bytes[at]!) & 0xff]!;
  return (~sum >>> 0).toString(16).padStart(8, '0');
}
