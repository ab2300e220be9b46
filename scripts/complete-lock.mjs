// Completes package-lock.json after `npm install` where the registry at hand does not carry the binaries of
// other platforms: npm leaves such optional packages out then, and `npm ci` refuses the file everywhere. They
// get name, version and platform, which their dependants tell, and no integrity, which nothing here knows.
import fs from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(fs.readFileSync(file, 'utf8'));
const { packages } = lock;
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

let added = 0;
for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`]) continue;
    const words = name.split(/[-/]/);
    const os = words.filter((word) => SYSTEMS.includes(word));
    const cpu = words.filter((word) => PROCESSORS.includes(word));
    if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name} does not name its platform`);
    const libc = os[0] === 'linux' ? { libc: [words.includes('musl') ? 'musl' : 'glibc'] } : {};
    packages[`node_modules/${name}`] = { version, cpu, ...libc, dev: true, optional: true, os };
    added++;
  }
}
const [root, ...others] = Object.entries(packages);
others.sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries([root, ...others]);
fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
