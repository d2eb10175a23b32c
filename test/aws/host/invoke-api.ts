import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { InvocationResult } from './function-host.ts';
import { endServer, listenOnLoopback, urlOf } from './loopback.ts';

/** Runs a function and waits for its end; null where there is none of that name. */
type Invoke = (functionArn: string, event: string) => Promise<InvocationResult | null>;

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Lambda's Invoke, as far as a deployment needs it: a function is run and waited for. */
export class InvokeApi {
  readonly #server: Server;
  readonly #invoke: Invoke;

  private constructor(invoke: Invoke) {
    this.#invoke = invoke;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on a free port of this machine. */
  static async start(invoke: Invoke): Promise<InvokeApi> {
    const api = new InvokeApi(invoke);
    await listenOnLoopback(api.#server);
    return api;
  }

  /** Where it listens. */
  get url(): string {
    return urlOf(this.#server);
  }

  /** Listens no more. */
  async close(): Promise<void> {
    await endServer(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = await text(request);
    const name = PATH.exec(request.url ?? '')?.[1];
    if (name === undefined) {
      response.writeHead(404).end();
      return;
    }
    const end = await this.#invoke(decodeURIComponent(name), event);
    if (end === null) {
      response
        .writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' })
        .end(JSON.stringify({ Type: 'User', Message: `Function not found: ${decodeURIComponent(name)}` }));
      return;
    }
    switch (end.kind) {
      case 'answered':
        response.writeHead(200).end(end.body);
        return;
      case 'failed':
        response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(end.body);
        return;
      case 'crashed':
        response
          .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
          .end(JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: end.reason }));
        return;
      case 'throttled':
        response.writeHead(429).end(JSON.stringify({ Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }));
    }
  }
}
