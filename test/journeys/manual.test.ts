import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOfExamples, isInstalled, ROOT, shell } from './journey.ts';

/** The literal displays under EXAMPLES of a page, as a reader sees them. */
function examplesOf(page: string): string[] {
  const text = fs.readFileSync(join(ROOT, 'man', page), 'utf8');
  const [, examples = ''] = /^\.Sh EXAMPLES\n([\s\S]*?)^\.Sh /m.exec(text) ?? [];
  return [...examples.matchAll(/^\.Bd -literal.*\n([\s\S]*?)^\.Ed/gm)].map(([, display]) =>
    display!.replaceAll('\\(dq', '"').replaceAll('\\e', '\\'),
  );
}

describe.each(['tm-stream.5', 'tm-time.7', 'tm-functions.7', 'tm-expressions.7'])(
  'the manual page %s',
  (page) => {
    let folder: string;

    beforeAll(() => {
      folder = folderOfExamples();
    });

    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

    const examples = examplesOf(page);

    it('has examples', () => {
      expect(examples.length).toBeGreaterThanOrEqual(6);
    });

    for (const example of examples) {
      const runs = !example.includes('jq ') || isInstalled('jq');
      it.runIf(runs)(`runs the example ${example.split('\n')[0]}`, async () => {
        const { code, stdout, stderr } = await shell(example, folder);
        expect({ code, stderr }).toMatchObject({ code: 0 });
        // What it shows is told on stderr where the output is thrown away.
        expect(example.includes('>/dev/null') ? stderr : stdout).not.toBe('');
      });
    }

    it.runIf(isInstalled('mandoc'))('has no fault that mandoc finds', async () => {
      expect(await shell(`mandoc -T lint -W warning '${ROOT}/man/${page}'`, folder)).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    });
  },
);
