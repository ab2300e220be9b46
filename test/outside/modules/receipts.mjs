// A queue that is acknowledged by the receipt of the latest delivery, as those of the clouds are.
// tm source './receipts.mjs?url=http://…' --time at

/** The receipt of each message that was delivered to this process and is not acknowledged. */
const receipts = new Map();

export const source = {
  delivery: 'redelivering',

  async *read(tracker, { parameters: { url }, signal }) {
    for (let n = 0; !signal.aborted; ) {
      const { messages, left } = await (
        await fetch(`${url}/lease?max=10`, { method: 'POST', signal })
      ).json();
      for (const { id, body, receipt } of messages) {
        if (!tracker.tryClaim(n++)) return;
        receipts.set(id, receipt);
        yield { value: body, id };
      }
      if (messages.length === 0) return left === 0 ? undefined : { resumeAfter: 20 };
    }
  },

  // A message that an earlier run has read comes again, with another receipt: then it can be acknowledged.
  async acknowledge(ids, { parameters: { url } }) {
    const known = ids.filter((id) => receipts.has(id));
    const body = JSON.stringify(known.map((id) => receipts.get(id)));
    const answer = await fetch(`${url}/acknowledge?by=receipt`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`the queue answers ${answer.status}`);
    for (const id of known) receipts.delete(id);
    return ids.filter((id) => !known.includes(id));
  },
};
