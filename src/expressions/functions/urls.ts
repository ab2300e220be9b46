import { Buffer } from 'node:buffer';
import type { FunctionDefinition } from '../function.ts';
import { INTEGER_TYPE, STRING_TYPE } from '../type.ts';

/**
 * The parts of a URL or of a reference to one (`/search?q=1`): scheme, authority, path, query, fragment. Every text has
 * them (RFC 3986, appendix B).
 */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const PART = { scheme: 1, authority: 2, path: 3, query: 4, fragment: 5 } as const;

const partOf = (url: string, part: keyof typeof PART): string | undefined =>
  // The pattern has no repetition within another: it takes linear time.
  PARTS.exec(url)?.[PART[part]];

/** Host and port of an authority: without user, an IPv6 address in its brackets. */
const HOST = /^(?:.*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s;

const hostOf = (url: string): RegExpExecArray | null => HOST.exec(partOf(url, 'authority') ?? '');

/** Decodes `%41`; what is no escape stays as it is, bytes that are no UTF-8 become U+FFFD. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

export const urlScheme: FunctionDefinition = {
  name: 'url_scheme',
  form: 'call',
  usage: 'url_scheme(URL)',
  summary: 'take the scheme, in small letters; null where there is none',
  example: ['url_scheme("HTTPS://example.com/")', '"https"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (url: string) => partOf(url, 'scheme')?.toLowerCase() ?? null,
};

export const urlHost: FunctionDefinition = {
  name: 'url_host',
  form: 'call',
  usage: 'url_host(URL)',
  summary: 'take the host, in small letters, without user and port; null where there is none',
  example: ['url_host("https://me@Example.com:8443/a?b=1")', '"example.com"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call(url: string) {
    const host = hostOf(url)?.[1] ?? '';
    return host === '' ? null : host.toLowerCase();
  },
};

export const urlPort: FunctionDefinition = {
  name: 'url_port',
  form: 'call',
  usage: 'url_port(URL)',
  summary: 'take the port; null where none is written',
  example: ['url_port("https://example.com:8443/")', '8443'],
  parameters: [STRING_TYPE],
  result: INTEGER_TYPE,
  call(url: string) {
    const port = hostOf(url)?.[2] ?? '';
    return port === '' || Number(port) > 65_535 ? null : Number(port);
  },
};

export const urlPath: FunctionDefinition = {
  name: 'url_path',
  form: 'call',
  usage: 'url_path(URL)',
  summary: 'take the path as it is written: what stands before ? and #, and behind the host',
  example: ['url_path("https://example.com/a%20b?q=1")', '"/a%20b"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (url: string) => partOf(url, 'path')!,
};

export const urlQuery: FunctionDefinition = {
  name: 'url_query',
  form: 'call',
  usage: 'url_query(URL[, NAME])',
  summary:
    'take what stands behind ?, or the first value of the parameter NAME, decoded; null where there is none',
  example: ['url_query("/search?q=a+b%21&page=2", "q")', '"a b!"'],
  parameters: [STRING_TYPE, STRING_TYPE],
  optional: 1,
  result: STRING_TYPE,
  call(url: string, name?: string) {
    const query = partOf(url, 'query');
    if (query === undefined || name === undefined) return query ?? null;
    for (const pair of query.split('&')) {
      const equals = pair.indexOf('=');
      const found = formDecoded(equals < 0 ? pair : pair.slice(0, equals));
      if (found === name && pair !== '') return equals < 0 ? '' : formDecoded(pair.slice(equals + 1));
    }
    return null;
  },
};

/** As forms are encoded: a plus sign is a space (WHATWG URL, application/x-www-form-urlencoded). */
const formDecoded = (text: string): string => percentDecoded(text.replaceAll('+', ' '));

export const urlFragment: FunctionDefinition = {
  name: 'url_fragment',
  form: 'call',
  usage: 'url_fragment(URL)',
  summary: 'take what stands behind #; null where there is none',
  example: ['url_fragment("/manual#install")', '"install"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (url: string) => partOf(url, 'fragment') ?? null,
};

export const urlDecode: FunctionDefinition = {
  name: 'url_decode',
  form: 'call',
  usage: 'url_decode(TEXT)',
  summary: 'decode %41 and the like; what is no escape stays as it is',
  example: ['url_decode("a%20b%C3%A9 100%")', '"a bé 100%"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: percentDecoded,
};

export const urlEncode: FunctionDefinition = {
  name: 'url_encode',
  form: 'call',
  usage: 'url_encode(TEXT)',
  summary: 'encode all but letters, digits and - _ . ~',
  example: ['url_encode("a b/é")', '"a%20b%2F%C3%A9"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  // encodeURIComponent takes neither half a pair alone nor !'()*
  call: (text: string) =>
    encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
};
