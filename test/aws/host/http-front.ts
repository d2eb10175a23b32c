import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { CloudClock } from '../cloud-clock.ts';
import type { DeployedApi } from '../deployment.ts';
import type { FunctionHost } from './function-host.ts';
import { endServer, listenOnLoopback, urlOf } from './loopback.ts';

/** The HTTP API's own limit. */
const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Limit of what a function is given synchronously. */
const EVENT_BYTES_MAX = 6 * 1024 * 1024;
/** Media types that the HTTP API passes on as text; everything else comes in base64. */
const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript))/;

/** What a front is made of. */
export interface HttpFrontOptions {
  readonly api: DeployedApi;
  readonly functions: FunctionHost;
  readonly clock: CloudClock;
  /** Whether the API may call a function for a route; null or why not. */
  readonly judge: (functionArn: string, routeKey: string) => string | null;
}

/**
 * The deployed HTTP API on the loopback interface: its routes, its throttle by the cloud's clock, events in payload format 2.0, and its own
 * answers where the function gives none.
 */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #server: Server;
  readonly #bucket: { tokens: number; at: number };
  /** Answers by status. */
  readonly answers = new Map<number, number>();
  /** Words the function answered with. */
  readonly words = new Map<string, number>();

  private constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#bucket = { tokens: this.#throttle.burst, at: options.clock.now() };
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => this.#own(response, 500, 'Internal Server Error'));
    });
  }

  /** Listens on a free port of this machine. */
  static async start(options: HttpFrontOptions): Promise<HttpFront> {
    const front = new HttpFront(options);
    await listenOnLoopback(front.#server);
    return front;
  }

  /** Where the API is, without a path. */
  get url(): string {
    return urlOf(this.#server);
  }

  /** Listens no more. */
  async close(): Promise<void> {
    await endServer(this.#server);
  }

  get #throttle(): { readonly rate: number; readonly burst: number } {
    const settings = this.#options.api.stages[0]?.DefaultRouteSettings ?? {};
    return { rate: settings.ThrottlingRateLimit ?? 10_000, burst: settings.ThrottlingBurstLimit ?? 5_000 };
  }

  #takeToken(): boolean {
    const { rate, burst } = this.#throttle;
    const now = this.#options.clock.now();
    const gained = (Math.max(0, now - this.#bucket.at) / 1000) * rate;
    this.#bucket.tokens = Math.min(burst, this.#bucket.tokens + gained);
    this.#bucket.at = now;
    if (this.#bucket.tokens < 1) return false;
    this.#bucket.tokens -= 1;
    return true;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { api, functions, judge } = this.#options;
    const body = await readBody(request);
    if (body === null) return this.#own(response, 413, 'Request Entity Too Large');
    const [path = '/'] = (request.url ?? '/').split('?');
    const routeKey = `${request.method} ${path}`;
    const route = api.routes.find(({ RouteKey }) => RouteKey === routeKey || RouteKey === '$default');
    if (route === undefined) return this.#own(response, 404, 'Not Found');
    if (!this.#takeToken()) return this.#own(response, 429, 'Too Many Requests');
    const integration = api.integrations.find(({ IntegrationId }) => route.Target === `integrations/${IntegrationId}`);
    if (integration === undefined || judge(integration.IntegrationUri, route.RouteKey) !== null)
      return this.#own(response, 500, 'Internal Server Error');
    const event = JSON.stringify(this.#event(request, route.RouteKey, body));
    if (event.length > EVENT_BYTES_MAX) return this.#own(response, 413, 'Request Entity Too Large');
    const end = await functions.invoke(integration.IntegrationUri, event);
    if (end.kind === 'throttled') return this.#own(response, 503, 'Service Unavailable');
    if (end.kind !== 'answered') return this.#own(response, 500, 'Internal Server Error');
    const answer = JSON.parse(end.body) as APIGatewayProxyStructuredResultV2;
    const word = answer.body?.trim() ?? '';
    this.words.set(word, (this.words.get(word) ?? 0) + 1);
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    this.#count(answer.statusCode ?? 200);
    response.writeHead(answer.statusCode ?? 200, Object.fromEntries(headers));
    response.end(answer.isBase64Encoded === true ? Buffer.from(answer.body ?? '', 'base64') : answer.body);
  }

  #own(response: ServerResponse, status: number, message: string): void {
    this.#count(status);
    if (response.headersSent) response.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
  }

  #count(status: number): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }

  #event(request: IncomingMessage, routeKey: string, body: Buffer): APIGatewayProxyEventV2 {
    const { api, clock } = this.#options;
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    );
    const isText =
      TEXT_TYPES.test(headers['content-type'] ?? 'text/plain') && headers['content-encoding'] === undefined;
    const now = clock.now();
    return {
      version: '2.0',
      routeKey,
      rawPath: path,
      rawQueryString: query,
      headers,
      requestContext: {
        accountId: '123456789012',
        apiId: api.id,
        domainName: `${api.id}.execute-api.us-east-1.amazonaws.com`,
        domainPrefix: api.id,
        http: {
          method: request.method ?? 'GET',
          path,
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: headers['user-agent'] ?? '',
        },
        requestId: randomUUID(),
        routeKey,
        stage: '$default',
        time: new Date(now).toUTCString(),
        timeEpoch: now,
      },
      ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
      isBase64Encoded: body.length > 0 && !isText,
    };
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return size > BODY_BYTES_MAX ? null : Buffer.concat(chunks, size);
}
