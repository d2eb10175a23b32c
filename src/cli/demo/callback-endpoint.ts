import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ReceiveCallbackHandler } from '../../../functions/receive-callback.ts';
import { InvariantError } from '../../domain/errors.ts';
import { CallbackServer } from '../callback-server.ts';

/**
 * The callback endpoint of a rig. It listens before the function exists, since the function must know its own URL; until
 * {@link CallbackEndpoint.serve} it answers 503, which the provider repeats.
 */
export class CallbackEndpoint {
  /** Requests by the one word they were answered with: `stored`, `repeated`, `forged`, `unsigned`, ... */
  readonly answers = new Map<string, number>();
  #server: CallbackServer | null = null;
  #handler: ReceiveCallbackHandler | null = null;

  /** Listens on a free port of 127.0.0.1. */
  static async listen(): Promise<CallbackEndpoint> {
    const endpoint = new CallbackEndpoint();
    endpoint.#server = await CallbackServer.listen({
      port: 0,
      handler: (event) => endpoint.#answer(event),
      onAnswer: () => undefined,
      onDefect: () => endpoint.#count('defect'),
    });
    return endpoint;
  }

  /** The URL to give to the provider; its query is part of what is signed. */
  get url(): string {
    if (this.#server === null) throw new InvariantError('The callback endpoint does not listen.');
    return `${this.#server.url}/callbacks?account=main`;
  }

  /** Gives every request from now on to this function. */
  serve(handler: ReceiveCallbackHandler): void {
    this.#handler = handler;
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #answer(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    if (this.#handler === null) return { statusCode: 503 };
    const result = await this.#handler(event);
    this.#count(result.body?.trim() ?? '');
    return result;
  }

  #count(word: string): void {
    this.answers.set(word, (this.answers.get(word) ?? 0) + 1);
  }
}
