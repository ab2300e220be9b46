import fc from 'fast-check';

/**
 * Properties take the same cases in every run, so that a test fails for a change and not by chance.
 * TM_SEED=random looks for new ones, TM_SEED=N repeats those of a seed that was printed.
 */
const { TM_SEED = '20261121' } = process.env;
if (TM_SEED !== 'random') fc.configureGlobal({ seed: Number(TM_SEED) });
