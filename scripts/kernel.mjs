// Compiles kernel/ to WebAssembly, into a module that holds it as text: no file has to be found at run time.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}/src/kernel/module.generated.ts`;

/** Features of WebAssembly that Node 20 has. The memory is JavaScript's, and all zero at first. */
const OPTIONS = [
  '-O3',
  ...['--runtime', 'stub', '--enable', 'simd', '--enable', 'bulk-memory', '--noAssert'],
  ...['--importMemory', '--zeroFilledMemory', '--initialMemory', '256', '--memoryBase', '1024'],
];

/** @throws Error with what the compiler says */
export async function buildKernel() {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const { error, stderr } = await asc.main([
      'kernel/index.ts',
      ...OPTIONS,
      '--outFile',
      out,
      '--baseDir',
      root,
    ]);
    if (error !== null) throw new Error(`kernel: ${stderr.toString()}`);
    const text = readFileSync(out).toString('base64');
    const source = `// Built by scripts/kernel.mjs from kernel/.\nexport const KERNEL = '${text}';\n`;
    if (current() !== source) writeFileSync(target, source);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was built before: left alone when it is the same, so that nothing that watches it starts anew. */
function current() {
  try {
    return readFileSync(target, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernel();
