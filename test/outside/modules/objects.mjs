// An object for each batch in a store over HTTP: a second PUT of the same name changes nothing.
// tm sink './objects.mjs?url=http://…'

/** Tries of a PUT: its answer may get lost, and then it is put again. */
const TRIES = 10;
let store;

export const sink = {
  open({ url }) {
    store = url;
  },

  async publish({ id, epoch, length, read }) {
    const name = `${encodeURIComponent(id)}/${epoch}`;
    for (let tries = 1; ; tries++) {
      const answer = await fetch(`${store}/${name}`, {
        method: 'PUT',
        headers: { 'content-length': String(length), 'idempotency-key': name },
        body: read(),
        duplex: 'half',
      });
      if (answer.ok) return;
      if (tries === TRIES) throw new Error(`${name}: the store answers ${answer.status}`);
    }
  },
};
