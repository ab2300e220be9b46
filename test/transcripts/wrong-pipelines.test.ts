import { expect, it } from 'vitest';
import { writeExampleFiles } from '../cli/example-files.ts';
import { expectGolden } from '../golden.ts';
import { Folder } from './shell.ts';

const LOG = 'source access.log --format combined --delay 1m';
const EVENTS = 'source events.ndjson --time ts --schema events.schema.json';

/** What a newcomer may write, under the name of the file in test/golden/errors that has what is said of it. */
const CHECKED: Readonly<Record<string, string>> = {
  'field-in-filter': `${LOG} | filter 'statsu >= 500' | sink`,
  'field-in-map': `${LOG} | map 'kb = byts / 1024' | sink`,
  'field-in-key': `${LOG} | window fixed 5m | combine --by statsu n=count | sink`,
  'field-in-aggregate': `${LOG} | combine --by status 'm = mean(byts)' | sink`,
  'field-of-dedup': `${LOG} | dedup --by host,usr | sink`,
  'field-of-enrich-table': `${LOG} | enrich table hosts.csv --by hots=host | sink`,
  'column-of-enrich-table': `${LOG} | enrich table hosts.csv --by host=hots | sink`,
  'field-of-enrich-http': `${LOG} | enrich http http://127.0.0.1:1/{hots} --as details | sink`,
  'field-of-partition': `${LOG} | partition 3 --by hots --to 'part{}.stream'`,
  'field-of-explode': `${LOG} | explode pth | sink`,
  'field-of-route': `${LOG} | route 'errors.stream=statsu >= 500' | sink`,
  'field-in-a-later-stage': `${LOG} | combine --by status n=count | filter 'bytes > 4000' | sink`,
  'field-of-a-schema': `${EVENTS} | combine --by user.idd n=count | sink`,
  'field-that-was-dropped': `${LOG} | map --drop bytes | combine 'volume = sum(bytes)' | sink`,
  'field-to-drop': `${LOG} | map --drop byts | sink`,
  'field-to-rename': `${LOG} | map --rename size=byts | sink`,
  'field-of-a-template': `${LOG} | combine --by status n=count | sink --template '{status}: {m}'`,
  'field-of-a-location': `${LOG} | sink 'out/{hots}.ndjson'`,
  'field-in-columns':
    'source data.csv --columns time,host,size --time time | combine --by hots n=count | sink',
  'time-of-a-number': `${LOG} | sink 'out/{status:%Y}.ndjson'`,
  'window-of-no-window': `${LOG} | sink --template '{window_start} {path}'`,
  'pane-of-no-window': `${LOG} | filter 'pane_is_last()' | sink`,
  'pane-of-windows-that-fire-once': `${LOG} | window fixed 5m | combine n=count 'nr = pane_index()' | sink`,
  'pane-before-combine': `${LOG} | window fixed 5m --early each --mode discard | filter 'pane_is_first()' | combine n=count | sink`,
  'pane-in-a-template': `${LOG} | window fixed 5m | combine n=count | sink --template '{pane_index}: {n}'`,
  'pane-as-a-field': `${LOG} | sink --template '{@pane.index}'`,
  'pane-of-another-timing': `${LOG} | window fixed 5m --early each --mode discard | combine n=count | filter 'pane_timing() == "ontime"' | sink`,
  'text-as-a-number': `${LOG} | combine 'm = mean(path)' | sink`,
  'text-against-a-number': `${LOG} | filter 'path > 500' | sink`,
  'number-against-a-text': `${LOG} | combine --by status n=count | filter 'n >= "5"' | sink`,
  'no-condition': `${LOG} | filter 'bytes' | sink`,
  'one-equals-sign': `${LOG} | filter 'status = 500' | sink`,
  'and-in-words': `${LOG} | filter 'status >= 500 and bytes > 0' | sink`,
  'unknown-function': `${LOG} | map 'x = lenght(path)' | sink`,
  'unknown-aggregate': `${LOG} | combine 'm = maen(bytes)' | sink`,
  'unknown-option': 'source access.log --formt combined | sink',
  'unknown-format': 'source access.log --format combind | sink',
  'format-by-another-name': 'source access.log --format nginx | sink',
  'sum-of-a-condition': "source access.log --format combined | combine 'errors = sum(status >= 500)' | sink",
  'count-of-a-condition': `${LOG} | combine 'errors = count(status >= 400)' | sink`,
  'share-without-parentheses': `${LOG} | combine 'share = count() where status >= 500 / count()' | sink`,
  'result-of-no-result': `${LOG} | combine n=count 'm = k' | sink`,
  'unknown-zone': `${LOG} | map 'h = event_time().format("%H", "Europe/Berln")' | sink`,
  'one-file-of-two': `${LOG} | route 'errors.stream=status >= 500' | tee ./errors.stream | sink`,
  'file-of-another-format': `${LOG} | combine n=count | sink counts.xlsx`,
  'stream-called-csv': `${LOG} | route 'errors.csv=status >= 500' | sink`,
  'comparison-without-quotes': 'source access.log --format combined | filter status>500 | sink',
  'unknown-command': 'sorce access.log --format combined | sink',
  'unknown-kind': `${LOG} | window fixd 5m | combine n=count | sink`,
  'unknown-order': `${LOG} | combine --by status n=count --order -m | sink`,
  'no-by-of-dedup': `${LOG} | dedup | sink`,
  'no-by-of-enrich': `${LOG} | enrich table hosts.csv | sink`,
  'no-aggregate': `${LOG} | combine --by status | sink`,
  'no-place-of-route': `${LOG} | route 'status >= 500' | sink`,
  'no-unit': 'source access.log --format combined --delay 5 | sink',
  'wrong-duration': `${LOG} | window fixed 5minutes | combine n=count | sink`,
  'time-behind-window': `${LOG} | window fixed 5m | map '@t = event_time() + duration("1m")' | sink`,
  'open-quote': `${LOG} | filter 'status >= 500 | sink`,
  'open-parenthesis': `${LOG} | combine 'm = mean(bytes' | sink`,
  'sink-in-the-middle': `${LOG} | sink | combine n=count`,
  'source-in-the-middle': `${LOG} | source access.log`,
  'program-between': `${LOG} | grep 500 | sink`,
  'two-results-of-one-name': `${LOG} | combine n=count 'n = sum(bytes)' | sink`,
  'schema-of-no-type': 'source events.ndjson --time ts --schema wrong.schema.json | sink',
  'several-mistakes': `${LOG} | filter 'statsu >= 500' | window fixd 5m | combine --by host n=count | filter 'm > 5' | sink`,
};

/** The same of what is wrong at several places at once. */
const ALL: Readonly<Record<string, string>> = {
  'mistakes-in-all-stages': [
    'source access.log --format combined --dely 1m',
    "| filter 'statsu >= 500' 'lenght(path) > 3' 'foo('",
    "| map 'x = nope(a)' 'y = a +' 'kb = bytes / \"a\"'",
    '| map --js ./none.mjs --by usr',
    '| enrich table none.csv --by host',
    '| window fixed 5minutes --bogus',
    "| combine --by statsu n=cnt 'm = maen(x)'",
    '| map --only n',
    "| filter 'm > 5' --side average=none.stream",
    "| sink 'out/{nope(}' --formt csv",
  ].join('\n'),
  'modules-and-files': [
    `source ./none.mjs --time t --watermark ./none.js | combine 'x = js(a, "./failed.mjs")' 'y = js(b, "./none.mjs")'`,
    '| map --js ./broken.mjs --side-to long=long.stream | enrich js ./none.mjs --as more | sink ./failed.mjs',
  ].join('\n'),
  'quote-behind-other-mistakes': `${LOG} | filter 'statsu >= 500' | map 'x = 1 | sink`,
  'mistakes-in-inputs': [
    'merge --ordr watermark \\',
    `  <(${LOG} | filter 'statsu >= 500' | window fixd 5m) \\`,
    `  <(${LOG} | map 'kb = byts / 1024' | filter 'bytes > "3"')`,
    "| window fixed 5m | filter 'a > average.m' \\",
    `  --side average=<(${LOG} | window fixed 5m | combine 'n = mean(bytes)')`,
    '| sink',
  ].join('\n'),
  'windows-in-inputs': [
    `merge <(${LOG} | filter 'statsu >= 500' | map 'n = 1') <(${LOG} | window fixed 5m)`,
    `| filter 'bytes > average.mm' --side average=<(${LOG} | combine 'm = mean(bytes)') | sink`,
  ].join('\n'),
  'second-command': `${LOG} | filter 'statsu >= 500' | filter 'a.size > 3'\n  --side a=other.stream | sink`,
  'state-of-a-side-input': [
    `${LOG} --state job | window fixed 5m | filter 'bytes > average.n' \\`,
    `  --side average=<(${LOG} | window fixed 5m | combine 'n = mean(bytes)') | sink out.ndjson`,
  ].join('\n'),
  'branch-in-a-side-input': [
    `${LOG} | tee all | window fixed 5m | filter 'bytes > average.m' \\`,
    "  --side average=<(merge all | window fixed 5m | combine 'm = mean(bytes)') | sink",
  ].join('\n'),
  'circle-of-branches': `merge <(${LOG}) errors | route 'errors=status >= 500' | sink`,
};

/** The same where it is run, alone or as a pipe; what only events can show. */
const RUN: Readonly<Record<string, string>> = {
  'run-a-wrong-field': `tm run -e "${LOG} | combine --by statsu n=count --late-to late.ndjson | sink out.ndjson"`,
  'pipe-of-a-wrong-field': `tm ${LOG} | tm combine --by statsu n=count | tm sink`,
  'pipe-without-a-time': 'tm source events.ndjson | tm sink',
  'pipe-of-a-new-column': 'tm source rows.ndjson --time none | tm sink --format csv',
  'pipe-of-what-does-not-fit': `tm source rows.ndjson --time none --schema events.schema.json | tm sink`,
  'against-nothing': `tm check --against none -e "${LOG} | sink out.ndjson"`,
};

const SCHEMA = {
  type: 'object',
  properties: {
    ts: { type: 'string' },
    id: { type: 'string' },
    user: { type: 'object', properties: { id: {} }, additionalProperties: false },
    amount: { type: ['number', 'null'] },
    status: { type: 'string' },
  },
  required: ['ts'],
  additionalProperties: false,
};

function folderOfExamples(): Folder {
  const folder = new Folder();
  writeExampleFiles(folder.path);
  folder.write('events.schema.json', JSON.stringify(SCHEMA));
  folder.write('wrong.schema.json', '{"type":"object","properties":{"a/b":{"type":"strin"}}}');
  folder.write('broken.mjs', 'export default (event) => {\n  return [event;\n};\n');
  folder.write('rows.ndjson', '{"ts":"2026-01-01T00:00:00Z"}\n{"ts":7,"more":true}\n');
  return folder;
}

const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

it.each(Object.entries(CHECKED))('tm check tells what is wrong: %s', async (name, text) => {
  const folder = folderOfExamples();
  const before = folder.files();
  const { stderr, codes } = await folder.run(`tm check -e ${shellText(text)}`);
  expectGolden(`errors/${name}.txt`, `${text}\n\n${stderr}exit ${codes.join(' ')}\n`);
  expect(codes).toEqual([2]);
  expect(folder.files()).toEqual(before);
});

it.each(Object.entries(ALL))('tm check tells all that is wrong, in order: %s', async (name, text) => {
  const folder = folderOfExamples();
  const before = folder.files();
  const { stdout, stderr, codes } = await folder.run(`tm check -e ${shellText(text)}`);
  // Of a log's members there are many.
  const stages = stdout.replaceAll(/host: string.*?agent: string\|null/g, '(those of an access log)');
  expectGolden(`errors/${name}.txt`, `${text}\n\n${stages}${stderr}exit ${codes.join(' ')}\n`);
  expect(codes).toEqual([2]);
  expect(folder.files()).toEqual(before);
});

it.each(Object.entries(RUN))('what is wrong is told where it is run: %s', async (name, line) => {
  const folder = folderOfExamples();
  const before = folder.files();
  const { stderr, codes } = await folder.run(line);
  // The stages of a pipe speak in no certain order.
  const told = stderr
    .split(/\n(?! {2})/)
    .sort()
    .join('\n')
    .trim();
  expectGolden(`errors/${name}.txt`, `${line}\n\n${told}\nexit ${codes.join(' ')}\n`);
  expect(folder.files()).toEqual(before);
});
