/** What a line of logfmt says, key by key; undefined: it cannot be read. Plain and slow. */
export function readLogfmt(line: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  let rest = line;
  for (;;) {
    rest = rest.replace(/^[\0- ]+/, '');
    if (rest === '') return found;
    const pair = /^([^\0- ="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\0- "]*)))?(?![^\0- ])/su.exec(rest);
    if (pair === null) return undefined;
    const [whole, key, quoted, bare] = pair;
    if (!found.has(key!)) found.set(key!, valueOf(quoted, bare));
    rest = rest.slice(whole.length);
  }
}

/** JSON text. */
function valueOf(quoted: string | undefined, bare: string | undefined): string {
  if (quoted !== undefined) return JSON.stringify(unescaped(quoted));
  if (bare === undefined) return 'true';
  if (bare === '') return 'null';
  try {
    const value: unknown = JSON.parse(bare);
    if (typeof value !== 'object' || value === null) return bare;
  } catch {
    // It is text.
  }
  return JSON.stringify(bare);
}

const LETTERS: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPE = /\\(?:([abfnrtv])|(["'\\/])|x([0-7][\da-f])|u([\da-f]{4})|U(0010[\da-f]{4}|000[\da-f]{5}))/gi;

const unescaped = (text: string): string =>
  text.replace(ESCAPE, (whole, letter?: string, itself?: string, ...codes: unknown[]) => {
    // Letters are lower case, though digits are not.
    if (letter !== undefined) return LETTERS[letter] ?? whole;
    if (itself !== undefined) return itself;
    const [x, u, U] = codes as (string | undefined)[];
    const code = Number.parseInt((x ?? u ?? U)!, 16);
    const kind = x !== undefined ? 'x' : u !== undefined ? 'u' : 'U';
    if (whole[1] !== kind || (kind === 'U' && code >= 0xd800 && code < 0xe000)) return whole;
    return kind === 'u' ? String.fromCharCode(code) : String.fromCodePoint(code);
  });
