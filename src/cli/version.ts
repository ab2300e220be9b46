import { readFileSync } from 'node:fs';

/** The version in package.json, which is two folders up from src/cli, dist/cli and dist/chunks alike. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `tm-window (tidemark) 0.1.0`, as GNU programs tell it. */
export const versionLine = (program: string): string => `${program} (tidemark) ${version()}\n`;
