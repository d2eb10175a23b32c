import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ReceiveCallbackHandler } from '../../../functions/receive-callback.ts';

/**
 * The callback function behind a real HTTP server, as the gateway would call it. It listens before the function exists, since the
 * function must know its own URL; until {@link CallbackEndpoint.serve} it answers 503, which the provider repeats.
 */
export class CallbackEndpoint {
  /** Requests by the one word they were answered with: `stored`, `repeated`, `forged`, `unsigned`, ... */
  readonly answers = new Map<string, number>();
  readonly #server: Server;
  #handler: ReceiveCallbackHandler | null = null;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.writeHead(500).end());
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async listen(): Promise<CallbackEndpoint> {
    const endpoint = new CallbackEndpoint();
    await new Promise<void>((resolve, reject) => {
      endpoint.#server.once('error', reject);
      endpoint.#server.listen(0, '127.0.0.1', resolve);
    });
    return endpoint;
  }

  /** The URL to give to the provider. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/callbacks?account=demo`;
  }

  /** Gives every request from now on to this function. */
  serve(handler: ReceiveCallbackHandler): void {
    this.#handler = handler;
  }

  /** Stops listening and breaks open connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const handler = this.#handler;
    if (handler === null) {
      response.writeHead(503).end();
      return;
    }
    const { statusCode = 500, headers = {}, body = '' } = await handler(eventOf(request, Buffer.concat(chunks)));
    const word = body.trim();
    this.answers.set(word, (this.answers.get(word) ?? 0) + 1);
    response.writeHead(statusCode, { 'content-type': String(headers['content-type'] ?? 'text/plain') }).end(body);
  }
}

/** The request as the HTTP API hands it to a function (payload format 2.0). */
function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const url = new URL(request.url ?? '/', 'http://endpoint');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: 'local',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'local',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    body: body.toString('base64'),
    isBase64Encoded: true,
  };
}
