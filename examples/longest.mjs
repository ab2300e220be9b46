// tm source harbour.txt --format text --time none | tm explode text --split | tm combine 'longest = js(text, "./longest.mjs")' | tm sink

/** The longest of all texts; of those that are as long, the first in the order of the alphabet. */
export default (a, b) => {
  const [first, second] = a < b ? [a, b] : [b, a];
  return second.length > first.length ? second : first;
};
