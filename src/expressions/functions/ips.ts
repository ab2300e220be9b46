import { type TidemarkError, usageError } from '../../errors.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import {
  type IpAddress,
  type IpNetwork,
  ipText,
  isInNetwork,
  networkOf,
  parseIp,
  parseNetwork,
} from '../ip-address.ts';
import { quoted } from '../json-value.ts';
import type { NumberValue } from '../number-value.ts';
import { BOOLEAN, INTEGER_TYPE, STRING_TYPE } from '../type.ts';

function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new FunctionFailure(`${quoted(text)} is no IP address`);
  return address;
}

const notNetwork = (text: string): TidemarkError =>
  usageError(`${quoted(text)} is no network`, 'a network is 10.0.0.0/8, 2001:db8::/32, or an address');

export const ipIn: FunctionDefinition = {
  name: 'ip_in',
  form: 'call',
  usage: 'ip_in(IP, NETWORK)',
  summary: 'whether an address is in a network, of IPv4 or IPv6',
  example: ['ip_in("10.1.2.3", "10.0.0.0/8")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  prepare([, literal]) {
    if (typeof literal !== 'string') return this.call;
    const network = parseNetwork(literal);
    if (network === undefined) throw notNetwork(literal);
    return (ip) => isInNetwork(addressOf(ip as string), network);
  },
  call(ip: string, text: string) {
    const network: IpNetwork | undefined = parseNetwork(text);
    if (network === undefined) throw new FunctionFailure(`${quoted(text)} is no network`);
    return isInNetwork(addressOf(ip), network);
  },
};

export const ipVersion: FunctionDefinition = {
  name: 'ip_version',
  form: 'call',
  usage: 'ip_version(TEXT)',
  summary: '4 or 6; null where the text is no IP address',
  example: ['ip_version("2001:db8::1")', '6'],
  parameters: [STRING_TYPE],
  result: INTEGER_TYPE,
  call: (text: string) => parseIp(text)?.version ?? null,
};

export const ipNetwork: FunctionDefinition = {
  name: 'ip_network',
  form: 'call',
  usage: 'ip_network(IP, BITS[, BITS6])',
  summary: 'the network of so many bits that an address is in, of BITS6 for one of IPv6',
  example: ['ip_network("192.0.2.77", 24, 48)', '"192.0.2.0/24"'],
  parameters: [STRING_TYPE, INTEGER_TYPE, INTEGER_TYPE],
  optional: 1,
  result: STRING_TYPE,
  call(ip: string, bits: NumberValue, bits6: NumberValue = bits) {
    const address = addressOf(ip);
    const wanted = address.version === 4 ? bits : bits6;
    const most = address.version === 4 ? 32 : 128;
    if (wanted < 0 || wanted > most)
      throw new FunctionFailure(`a network of IPv${address.version} has 0 to ${most} bits, not ${wanted}`);
    return `${ipText(networkOf(address, Number(wanted)).address)}/${wanted}`;
  },
};
