import type { Target } from './connector.ts';
import { type Output, openStdout } from './stdout.ts';

/** Standard output as the target of a sink: what is written is out, so abandoning it takes nothing back. */
export function stdoutTarget(): Target {
  /** Open from the first write to the end. */
  let output: Output | undefined;
  return {
    write(bytes) {
      output ??= openStdout();
      return output.write(bytes);
    },
    async commit() {
      await output?.close();
      output = undefined;
    },
    async abandon() {
      output?.abandon();
      output = undefined;
    },
  };
}
