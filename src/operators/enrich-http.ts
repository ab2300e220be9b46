import type { Buffer } from 'node:buffer';
import { EnrichRequests, type EnrichRequestsOptions, type Inquiry } from './enrich-requests.ts';
import { type HttpClient, NoAnswer, readAnswer } from './http-answer.ts';
import type { OperatorContext } from './operator.ts';
import type { Attempt } from './shared-requests.ts';
import { type UrlTemplate, UrlWriter } from './url-template.ts';
import type { World } from './world.ts';

export interface EnrichHttpOptions extends EnrichRequestsOptions {
  readonly url: UrlTemplate;
}

/** Adds what a server answers to each event. */
export class EnrichHttp extends EnrichRequests {
  constructor(options: EnrichHttpOptions, client: HttpClient, world: World, context: OperatorContext) {
    super(options, inquiryOf(options.url, client, world), world, context);
  }
}

const inquiryOf = (url: UrlTemplate, client: HttpClient, world: World): Inquiry => ({
  operands: url.operands,
  where: 'URL',
  writer: (columns) => new UrlWriter(url, columns),
  async ask(question, tally): Promise<Attempt<Buffer>> {
    try {
      const answer = await client.get(question);
      tally.answer(answer.status);
      return readAnswer(answer, world.clock());
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { kind: 'failed', reason: error.message };
    }
  },
  named: (question) => question,
  shape: { url: url.text },
  close: () => client.close(),
  destroy: () => client.destroy(),
});
