import type { BlockAnswer, BlockOrders, BlockPort, OpenBlockPort } from './block-messages.ts';

/** Starts block workers as threads. */
export const openBlockThread: OpenBlockPort = async (orders, onAnswer): Promise<BlockPort> => {
  const { Worker } = await import('node:worker_threads');
  // dist/ is one folder up from dist/cli and dist/chunks alike.
  const thread = new Worker(new URL('../block-worker.js', import.meta.url), {
    workerData: orders satisfies BlockOrders,
  });
  const broken = (error: Error): void =>
    onAnswer({ kind: 'broken', message: error.message, stack: error.stack });
  thread.on('message', (answer: BlockAnswer) => onAnswer(answer));
  thread.on('messageerror', broken);
  thread.on('error', broken);
  // Behind close() nobody listens any more.
  thread.on('exit', () => broken(new Error('a worker has ended')));
  return {
    ask: (question) => thread.postMessage(question),
    close: async () => {
      await thread.terminate();
    },
  };
};
