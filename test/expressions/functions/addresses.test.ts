import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../reference/expression.ts';
import { failureOf, json, titled, valueOf } from './calling.ts';

describe('a part of a URL', () => {
  const URL_IN_FULL = 'HTTPS://me:pw@Example.COM:8443/a%20b/c?q=1&r=a+b%21&q=2#top';
  it.each(
    titled([
      ['url_scheme', [URL_IN_FULL], '"https"'],
      ['url_host', [URL_IN_FULL], '"example.com"'],
      ['url_port', [URL_IN_FULL], '8443'],
      ['url_path', [URL_IN_FULL], '"/a%20b/c"'],
      ['url_query', [URL_IN_FULL], '"q=1&r=a+b%21&q=2"'],
      ['url_query', [URL_IN_FULL, 'q'], '"1"'],
      ['url_query', [URL_IN_FULL, 'r'], '"a b!"'],
      ['url_query', [URL_IN_FULL, 's'], 'null'],
      ['url_fragment', [URL_IN_FULL], '"top"'],
      ['url_scheme', ['/search?u=http://x'], 'null'],
      ['url_host', ['/search?u=http://x'], 'null'],
      ['url_path', ['/search?u=http://x'], '"/search"'],
      ['url_port', ['/search'], 'null'],
      ['url_query', ['/search'], 'null'],
      ['url_query', ['/search?'], '""'],
      ['url_query', ['/search?', ''], 'null'],
      ['url_query', ['?a&b=', 'a'], '""'],
      ['url_query', ['?a&b=', 'b'], '""'],
      ['url_query', ['?a=b=c', 'a'], '"b=c"'],
      ['url_query', ['?%61+=1', 'a '], '"1"'],
      ['url_fragment', ['/a'], 'null'],
      ['url_fragment', ['/a#'], '""'],
      ['url_host', ['//cdn.example.com/x'], '"cdn.example.com"'],
      ['url_host', ['http://[2001:DB8::1]:80/'], '"[2001:db8::1]"'],
      ['url_port', ['http://[2001:db8::1]:80/'], '80'],
      ['url_host', ['http://a@b@c/'], '"c"'],
      ['url_host', ['file:///etc'], 'null'],
      ['url_path', ['file:///etc'], '"/etc"'],
      ['url_port', ['http://a:99999/'], 'null'],
      ['url_port', ['http://a:/'], 'null'],
      ['url_path', ['http://a'], '""'],
      ['url_path', ['a\nb'], '"a\\nb"'],
      ['url_decode', ['100%'], '"100%"'],
      ['url_decode', ['%4'], '"%4"'],
      ['url_decode', ['%zz%41+'], '"%zzA+"'],
      ['url_decode', ['%C3%A9%C3'], '"é�"'],
      ['url_encode', ["a+b&c=d/😀'"], '"a%2Bb%26c%3Dd%2F%F0%9F%98%80%27"'],
      ['url_encode', ['\ud800'], '"%EF%BF%BD"'],
      ['url_host', [null], 'null'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it('is what the WHATWG URL parser says of a URL that it leaves as it is', async () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    const url = fc
      .record({
        scheme: fc.constantFrom('http', 'https', 'ftp', 'ws'),
        host: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `${words.join('.')}.test`),
        port: fc.option(fc.integer({ min: 1024, max: 65_535 })),
        path: fc.array(word, { maxLength: 3 }),
        query: fc.option(fc.array(fc.tuple(word, fc.webQueryParameters()), { maxLength: 3 })),
      })
      .map(
        ({ scheme, host, port, path, query }) =>
          `${scheme}://${host}${port === null ? '' : `:${port}`}/${path.join('/')}${
            query === null ? '' : `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`
          }`,
      );
    await fc.assert(
      fc.asyncProperty(url, async (text) => {
        const parsed = new URL(text);
        expect(await valueOf('url_scheme', text)).toBe(parsed.protocol.slice(0, -1));
        expect(await valueOf('url_host', text)).toBe(parsed.hostname);
        expect(await valueOf('url_port', text)).toBe(parsed.port === '' ? null : Number(parsed.port));
        expect(await valueOf('url_path', text)).toBe(parsed.pathname);
        for (const name of parsed.searchParams.keys())
          if (!name.includes('\ufffd'))
            expect(await valueOf('url_query', text, name)).toBe(parsed.searchParams.get(name));
      }),
    );
  });

  it('is encoded and decoded back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const encoded = await valueOf('url_encode', text);
        expect(encoded).toMatch(/^[-\w.~%]*$/);
        expect(await valueOf('url_decode', encoded)).toBe(text);
      }),
    );
  });
});

describe('an address', () => {
  it.each(
    titled([
      ['ip_version', ['10.0.0.1'], '4'],
      ['ip_version', ['::ffff:10.0.0.1'], '4'],
      ['ip_version', ['::'], '6'],
      ['ip_version', ['1:2:3:4:5:6:7:8'], '6'],
      ['ip_version', ['1:2:3:4:5:6:7::'], '6'],
      ['ip_version', ['64:ff9b::192.0.2.1'], '6'],
      ['ip_version', ['010.0.0.1'], 'null'],
      ['ip_version', ['10.0.0'], 'null'],
      ['ip_version', ['10.0.0.256'], 'null'],
      ['ip_version', ['10.0.0.1 '], 'null'],
      ['ip_version', ['0x7f.1'], 'null'],
      ['ip_version', [':::'], 'null'],
      ['ip_version', ['1::2::3'], 'null'],
      ['ip_version', ['1:2:3:4:5:6:7:8:9'], 'null'],
      ['ip_version', ['1:2:3:4:5:6:7::8'], 'null'],
      ['ip_version', ['1:2:3:4:5:6:7:8::'], 'null'],
      ['ip_version', ['1.2.3.4::'], 'null'],
      ['ip_version', ['fe80::1%eth0'], 'null'],
      ['ip_version', ['12345::'], 'null'],
      ['ip_version', ['-'], 'null'],
      ['ip_version', [''], 'null'],
      ['ip_in', ['10.255.0.1', '10.0.0.0/8'], 'true'],
      ['ip_in', ['11.0.0.1', '10.0.0.0/8'], 'false'],
      ['ip_in', ['10.0.0.1', '10.0.0.1'], 'true'],
      ['ip_in', ['10.0.0.1', '0.0.0.0/0'], 'true'],
      ['ip_in', ['::1', '0.0.0.0/0'], 'false'],
      ['ip_in', ['::ffff:10.0.0.1', '10.0.0.0/8'], 'true'],
      ['ip_in', ['10.0.0.1', '::ffff:10.0.0.0/104'], 'true'],
      ['ip_in', ['10.0.0.1', '::/0'], 'false'],
      ['ip_in', ['2001:db8::ffff', '2001:db8::/32'], 'true'],
      ['ip_in', ['2001:db9::', '2001:db8::/32'], 'false'],
      ['ip_in', ['10.0.0.77', '10.0.0.77/24'], 'true'],
      ['ip_in', [null, '10.0.0.0/8'], 'null'],
      ['ip_network', ['10.1.2.3', 0], '"0.0.0.0/0"'],
      ['ip_network', ['10.1.2.3', 32], '"10.1.2.3/32"'],
      ['ip_network', ['10.1.2.3', 12, 48], '"10.0.0.0/12"'],
      ['ip_network', ['2001:DB8:0:1:1:0:0:1', 128], '"2001:db8:0:1:1::1/128"'],
      ['ip_network', ['2001:db8:1:2:3::4', 24, 48], '"2001:db8:1::/48"'],
      ['ip_network', ['::ffff:10.1.2.3', 8, 48], '"10.0.0.0/8"'],
      ['ip_network', ['1:0:2:3:4:5:6:7', 128], '"1:0:2:3:4:5:6:7/128"'],
      ['ip_network', ['::', 0], '"::/0"'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      ['ip_in', ['-', '10.0.0.0/8'], "'-' is no IP address"],
      ['ip_in', ['10.0.0.1', '10.0.0.0/33'], "usage: '10.0.0.0/33' is no network"],
      ['ip_in', ['10.0.0.1', '10.0.0.0/08'], "usage: '10.0.0.0/08' is no network"],
      ['ip_in', ['10.0.0.1', '::ffff:10.0.0.0/8'], "usage: '::ffff:10.0.0.0/8' is no network"],
      ['ip_network', ['x', 8], "'x' is no IP address"],
      ['ip_network', ['10.0.0.1', 33], 'a network of IPv4 has 0 to 32 bits, not 33'],
      ['ip_network', ['::1', 24, -1], 'a network of IPv6 has 0 to 128 bits, not -1'],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('in a computed network that is none fails for the event', async () => {
    await expect(evaluate('ip_in("10.0.0.1", x)', { x: 'lan' })).rejects.toMatchObject({
      reason: "'lan' is no network",
    });
  });

  /** Few numbers, so that addresses share networks. */
  const v4 = fc
    .array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 })
    .map((bytes) => bytes.join('.'));
  const v6 = fc.oneof(
    fc.ipV6(),
    fc
      .array(fc.constantFrom('0', '1', '8000', 'ffff'), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.join(':')),
  );

  it('is read as Node reads it', async () => {
    const noise = fc.stringMatching(/^[0-9a-f:.]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.oneof(v4, v6, noise), async (text) => {
        const version = await valueOf('ip_version', text);
        // A mapped address is one of IPv4 to us.
        if (version === 4) expect(isIP(text) === 4 || /^[0:]*:ffff:/i.test(text)).toBe(true);
        else expect(version ?? 0).toBe(isIP(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('is in the networks in which Node says it is', async () => {
    const check = async (
      ip: string,
      network: string,
      bits: number,
      family: 'ipv4' | 'ipv6',
    ): Promise<void> => {
      const list = new BlockList();
      list.addSubnet(network, bits, family);
      expect(await valueOf('ip_in', ip, `${network}/${bits}`)).toBe(list.check(ip, family));
    };
    await fc.assert(
      fc.asyncProperty(v4, v4, fc.integer({ min: 1, max: 32 }), (ip, network, bits) =>
        check(ip, network, bits, 'ipv4'),
      ),
    );
    const plain = v6.filter((text) => isIP(text) === 6 && !text.includes('.') && !/^[0:]*:ffff:/i.test(text));
    await fc.assert(
      fc.asyncProperty(plain, plain, fc.integer({ min: 1, max: 128 }), (ip, network, bits) =>
        check(ip, network, bits, 'ipv6'),
      ),
    );
  });

  it('is in the network that is made of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(v4, fc.ipV6()), fc.nat(32), async (ip, bits) => {
        const network = (await valueOf('ip_network', ip, bits))!;
        expect(await valueOf('ip_in', ip, network)).toBe(true);
        const [address] = String(network).split('/');
        expect(await valueOf('ip_network', address!, bits)).toBe(network);
      }),
    );
  });
});
