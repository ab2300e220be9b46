// tm source access.log --format combined | tm enrich js ./country.mjs --by host --as country | tm sink

const COUNTRIES = ['DE', 'FR', 'JP'];

/** Stands for a question to somebody outside: it takes its time. */
export default async function country({ host }, { signal }) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  signal.throwIfAborted();
  return COUNTRIES[Number(host.split('.')[3]) % COUNTRIES.length] ?? null;
}
