// A web server that counts its own requests, by path, in windows of event time:
//   node live-counts.mjs 8080 1m
//   curl localhost:8080/anything; curl localhost:8080/counts
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { combine, run, sink, source, window } from 'tidemark';

const [port = '8080', size = '1m'] = process.argv.slice(2);
/** How many windows are told. */
const KEPT = 60;

/** Requests on their way to the pipeline: what it has not taken yet waits here. */
const requests = new PassThrough({ objectMode: true });
/** Counts by path of each window that is complete, the latest last. */
const windows = new Map();

const counting = run(
  [
    // By the clock, so that a window is told at its end, and not with the request after it.
    source(requests, { time: 'arrival', watermark: 'wall' }),
    window.fixed(size),
    combine({ n: 'count', slowest: 'max(ms)' }, { by: ['path'] }),
    sink(({ window, value }) => {
      const start = new Date(window.start).toISOString();
      windows.set(start, [...(windows.get(start) ?? []), value]);
      if (windows.size > KEPT) windows.delete(windows.keys().next().value);
    }),
  ],
  { onNotice: ({ message }) => console.error(message) },
);

const server = createServer((request, response) => {
  const begun = performance.now();
  const { pathname } = new URL(request.url, 'http://localhost');
  response.on('finish', () => {
    requests.write({ path: pathname, ms: Math.round(performance.now() - begun) });
  });
  if (pathname === '/counts') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(Object.fromEntries(windows)));
  } else response.end(`this is ${pathname}\n`);
});

server.listen(Number(port), () => console.log(`http://localhost:${server.address().port}`));

// The last window is fired when the input ends.
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  requests.end();
});

await counting.wait();
for (const [start, counts] of windows) {
  for (const { path, n } of counts) console.log(start.slice(0, 4), path, n);
}
