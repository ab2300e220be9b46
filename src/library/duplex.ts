import { Duplex, type PassThrough, type Readable } from 'node:stream';

/**
 * What is written goes to the input, what is read comes from the results. (`Duplex.from` of Node 20 emits an error when it
 * is destroyed without one.)
 */
export function duplexOf(input: PassThrough, results: Readable): Duplex {
  const duplex = new Duplex({
    write(chunk: Uint8Array, _encoding, done) {
      // As a pipe whose reader has enough: the results have ended, and nothing is waited for.
      if (input.destroyed || input.write(chunk)) {
        done();
        return;
      }
      const go = (): void => {
        input.off('drain', go);
        input.off('close', go);
        done();
      };
      input.on('drain', go);
      input.on('close', go);
    },
    final(done) {
      input.end();
      done();
    },
    read() {
      results.resume();
    },
    destroy(error, done) {
      input.destroy();
      results.destroy();
      done(error);
    },
  });
  results.on('data', (bytes) => {
    if (!duplex.push(bytes)) results.pause();
  });
  results.pause();
  results.once('end', () => duplex.push(null));
  results.once('error', (error) => duplex.destroy(error));
  return duplex;
}
