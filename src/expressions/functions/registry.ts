import type { FunctionDefinition } from '../function.ts';
import { contains } from './contains.ts';
import { endsWith } from './ends-with.ts';
import { size } from './size.ts';
import { startsWith } from './starts-with.ts';

/** All functions, in the order of help. */
export const functions: readonly FunctionDefinition[] = [...size, contains, startsWith, endsWith];
