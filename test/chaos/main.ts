export { chaos } from './chaos.ts';
export { SCENARIOS } from './scenarios.ts';
