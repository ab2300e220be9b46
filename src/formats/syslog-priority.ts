/** Facilities by their numbers (RFC 5424, table 1), named as syslog.h and rsyslog do. */
export const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;

/** Severities by their numbers (RFC 5424, table 2), named as syslog.h does. */
export const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

/** facility × 8 + severity. */
const HIGHEST = FACILITIES.length * 8 - 1;

/**
 * The number in `<34>`, one to three digits at b[at], behind the angle bracket.
 * @returns -1 where it is none, or above 191; else the index behind the closing bracket is `at` + digits + 1
 */
export function priorityAt(b: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end && i <= at + 3; i++) {
    const digit = b[i]! - 0x30;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else return b[i] === 0x3e && i > at && value <= HIGHEST ? value : -1;
  }
  return -1;
}
