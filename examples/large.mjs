// tm map --js ./large.mjs --side average=<(…): requests with larger answers than the average of their window

/** How many times as large as the average an answer is, where it is larger. */
export default ({ path, bytes }, { side: { average } }) =>
  bytes > average.bytes ? { path, bytes, times: Math.round((bytes / average.bytes) * 10) / 10 } : null;
