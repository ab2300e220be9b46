// tm source access.log --format combined | tm map --js ./failed.mjs --side-to large=large.tm | tm sink

/** Requests that failed, each with the first part of its path; large answers go to a side output, too. */
export default {
  outputs: ['large'],
  process(event, context) {
    if (event.bytes > 50_000) context.output('large', { path: event.path, bytes: event.bytes });
    if (event.status < 400) return null;
    context.count(`status_${event.status}`);
    return { ...event, area: event.path.split('/')[1] || '/' };
  },
};
