// tm source access.log --format combined | tm combine --by status 'spread = js(bytes, "./spread.mjs")' | tm sink

/** The distance between the least and the greatest value. */
export default {
  create: () => ({ least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY }),
  add(range, value) {
    range.least = Math.min(range.least, value);
    range.greatest = Math.max(range.greatest, value);
  },
  merge: (a, b) => ({
    least: Math.min(a.least, b.least),
    greatest: Math.max(a.greatest, b.greatest),
  }),
  result: ({ least, greatest }) => (least > greatest ? null : greatest - least),
};
