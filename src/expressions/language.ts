// What computes, as one module: loaded where an expression is given, so that commands without one start no slower.
export { parseComputed } from './computed-result.ts';
export { Evaluator } from './evaluator.ts';
export { fieldExpression, parseExpression } from './expression.ts';
