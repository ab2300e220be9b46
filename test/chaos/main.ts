// The long form: scripts/chaos.mjs bundles and runs it.
export { Chance } from './chance.ts';
export { chaos } from './chaos.ts';
export { cronDay } from './cron-day.ts';
export { SCENARIOS } from './scenarios.ts';
