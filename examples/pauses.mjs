// tm source events.ndjson --time ts --delay 1m | tm map --js './pauses.mjs?minutes=2' --by user.id | tm sink

/** A result each time that a key has been quiet for so many minutes: how many events it had before. */
export default {
  process(_event, context) {
    const { minutes = '1' } = context.parameters;
    context.state.set('events', (context.state.get('events') ?? 0) + 1);
    context.timer('quiet', context.time + Number(minutes) * 60_000);
  },
  onTimer(_name, context) {
    const events = context.state.get('events');
    context.state.delete('events');
    return { ...context.key, events };
  },
};
