// A list behind an HTTP API that is read page by page, by cursors that say nothing to us.
// tm source './paged.mjs?url=http://…[&follow=yes]' --time at

/** Tries of one request: the API answers 500 at times. */
const TRIES = 30;

export const source = {
  // A list that grows has no end; else it is what it holds when the run starts.
  async restriction({ url, follow }) {
    return follow ? { from: 0 } : { from: 0, to: (await ask(`${url}/count`)).count };
  },

  // The position: the cursor of the page of the next record, the records of it that were given, and its number.
  async *read(tracker, { position, parameters: { url, follow }, signal }) {
    let { cursor, given, n } = position ?? { cursor: '', given: 0, n: 0 };
    while (!signal.aborted) {
      const page = await ask(`${url}/page?cursor=${cursor}`, signal);
      for (const value of page.items.slice(given)) {
        if (n >= tracker.restriction.from) {
          if (!tracker.tryClaim(n)) return;
          yield { value, position: { cursor, given: given + 1, n: n + 1 } };
        }
        given++;
        n++;
      }
      if (page.next === undefined) return follow ? { resumeAfter: 20 } : undefined;
      cursor = page.next;
      given = 0;
    }
  },

  // The API wants to know how far we are.
  async acknowledge({ n }, { parameters: { url } }) {
    await fetch(`${url}/told?n=${n}`, { method: 'POST' });
  },
};

async function ask(url, signal) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url, { signal });
    if (answer.ok) return answer.json();
    await answer.body?.cancel();
    if (answer.status < 500 || tries === TRIES) throw new Error(`${url} answers ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, 2 * tries));
  }
}
