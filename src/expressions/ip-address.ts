/** An address as its eight groups of 16 bits; one of IPv4 stands in the last two, behind `::ffff:` (RFC 4291, 2.5.5.2). */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
}

/** Addresses whose first `bits` bits are those of `address`; its other bits are 0. */
export interface IpNetwork {
  readonly address: IpAddress;
  /** Of 32 or of 128. */
  readonly bits: number;
}

/** Bits before those of an address of IPv4. */
const MAPPED_BITS = 96;
const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0xffff];

/**
 * Reads an address. IPv4: four decimal numbers without leading zeros, which some read as octal (RFC 6943, 3.1.1). IPv6: RFC
 * 4291, 2.2, without a zone; a mapped one (`::ffff:10.0.0.1`) is the address of IPv4 that it stands for. Undefined: it is none.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const groups = parseDotted(text);
    return groups && { version: 4, groups: [...MAPPED, ...groups] };
  }
  const groups = parseGroups(text);
  if (groups === undefined) return undefined;
  return { version: MAPPED.every((group, i) => groups[i] === group) ? 4 : 6, groups };
}

/** The two groups of an address of IPv4. */
function parseDotted(text: string): number[] | undefined {
  const found = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (found === null) return undefined;
  const [a, b, c, d] = found.slice(1).map(Number) as [number, number, number, number];
  return a > 255 || b > 255 || c > 255 || d > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseGroups(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const first = parseHalf(halves[0]!, halves.length === 1);
  const second = halves.length === 1 ? [] : parseHalf(halves[1]!, true);
  if (first === undefined || second === undefined) return undefined;
  const missing = 8 - first.length - second.length;
  // `::` stands for one group at least.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...first, ...Array<number>(missing).fill(0), ...second];
}

/** @param isLast whether the text may end with an address of IPv4 */
function parseHalf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const words = text.split(':');
  for (const [i, word] of words.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16));
    else {
      const dotted = isLast && i === words.length - 1 ? parseDotted(word) : undefined;
      if (dotted === undefined) return undefined;
      groups.push(...dotted);
    }
  }
  return groups;
}

/**
 * Reads a network: an address, `/` and a number of bits (CIDR, RFC 4632), or an address, which is a network of one. Bits
 * behind the network's may be set, and count as 0. Undefined: it is none.
 */
export function parseNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  // `::ffff:10.0.0.0/104` is written as IPv6, and its bits are counted so.
  const shift = address.version === 4 && text.includes(':') ? MAPPED_BITS : 0;
  const most = address.version === 4 ? 32 : 128;
  const word = slash < 0 ? String(most + shift) : text.slice(slash + 1);
  const bits = /^(0|[1-9]\d{0,2})$/.test(word) ? Number(word) - shift : -1;
  return bits < 0 || bits > most ? undefined : networkOf(address, bits);
}

/** The network of `bits` bits that an address is in. */
export function networkOf(address: IpAddress, bits: number): IpNetwork {
  const kept = bits + (address.version === 4 ? MAPPED_BITS : 0);
  const groups = address.groups.map((group, i) => group & maskOf(kept - i * 16));
  return { address: { version: address.version, groups }, bits };
}

/** The mask of a group of which the first `bits` bits are kept; all, where these are more than 16. */
const maskOf = (bits: number): number =>
  bits <= 0 ? 0 : bits >= 16 ? 0xffff : 0xffff & (0xffff << (16 - bits));

export function isInNetwork(ip: IpAddress, { address, bits }: IpNetwork): boolean {
  if (ip.version !== address.version) return false;
  const kept = bits + (ip.version === 4 ? MAPPED_BITS : 0);
  for (let i = 0; i * 16 < kept; i++)
    if ((ip.groups[i]! & maskOf(kept - i * 16)) !== address.groups[i]) return false;
  return true;
}

/** The address in its one form: dotted, or as RFC 5952 writes it. */
export function ipText({ version, groups }: IpAddress): string {
  if (version === 4) {
    const [high, low] = [groups[6]!, groups[7]!];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const { from, to } = longestZeros(groups);
  const words = groups.map((group) => group.toString(16));
  return to - from < 2 ? words.join(':') : `${words.slice(0, from).join(':')}::${words.slice(to).join(':')}`;
}

/** The longest run of zeros, of equal ones the first. */
function longestZeros(groups: readonly number[]): { from: number; to: number } {
  let best = { from: 0, to: 0 };
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > best.to - best.from) best = { from, to };
  }
  return best;
}
