// A queue over HTTP whose messages are leased: what is not acknowledged in time comes again.
// tm source './queue.mjs?url=http://…[&until=drained]' --time at

/** Tries of an acknowledgement: one that fails throughout fails the run. */
const TRIES = 3;

export const source = {
  delivery: 'redelivering',
  bounded: false,

  async *read(tracker, { parameters: { url, until, wait = '20' }, signal }) {
    for (let n = 0; !signal.aborted; ) {
      const { messages, left } = await (
        await fetch(`${url}/lease?max=10`, { method: 'POST', signal })
      ).json();
      for (const { id, body } of messages) {
        if (!tracker.tryClaim(n++)) return;
        yield { value: body, id };
      }
      if (messages.length > 0) continue;
      // Messages that are leased, to us perhaps, are left: they go when they are acknowledged.
      return until === 'drained' && left === 0 ? undefined : { resumeAfter: Number(wait) };
    }
  },

  acknowledge: (ids, { parameters: { url } }) => told(url, ids),
};

async function told(url, ids) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(`${url}/acknowledge`, { method: 'POST', body: JSON.stringify(ids) });
    if (answer.ok) return;
    if (tries === TRIES) throw new Error(`the queue answers ${answer.status}`);
  }
}
