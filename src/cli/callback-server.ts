import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ReceiveCallbackHandler } from '../../functions/receive-callback.ts';
import { SettingsError } from '../domain/errors.ts';

/** Largest request body, as the HTTP API takes it. Larger callbacks are refused; polling finds their faxes. */
export const CALLBACK_BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Longest time a sender may take for one request. */
const REQUEST_TIMEOUT_MS = 60_000;

/** What the local endpoint is made from. */
export interface CallbackServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly handler: ReceiveCallbackHandler;
  /** Told the status of each answer. */
  readonly onAnswer: (status: number) => void;
  /** Told of defects; the sender is answered 500 and tries again. */
  readonly onDefect: (error: unknown) => void;
}

/**
 * The callback endpoint on one machine: plays the HTTP API in front of the deployed function's handler. Listens on 127.0.0.1 only, so
 * a tunnel or a reverse proxy with TLS belongs in front of it.
 */
export class CallbackServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts to listen. @throws {SettingsError} code `port_unusable` for a port that is taken or not allowed. */
  static async listen(options: CallbackServerOptions): Promise<CallbackServer> {
    const server = createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        // A sender that went away in mid body is no defect of ours, and nobody is there to be answered.
        if (!request.complete && request.destroyed && isReset(error)) return;
        options.onDefect(error);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new SettingsError(`--port ${options.port} cannot be used (${error.code ?? 'unknown'}). Choose another one.`, {
            code: 'port_unusable',
            context: { setting: '--port' },
          }),
        );
      });
      server.listen(options.port, '127.0.0.1', resolve);
    });
    return new CallbackServer(server);
  }

  /** Where it listens, without a path. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes no more requests and waits for the answers under way. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await closed;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { handler, onAnswer }: CallbackServerOptions,
): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    onAnswer(413);
    // The rest of the body is not read, so the connection cannot be used again.
    response.writeHead(413, { connection: 'close' }).end('too_large\n');
    return;
  }
  const result = await handler(gatewayEvent(request, body));
  const status = result.statusCode ?? 500;
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  onAnswer(status);
  response.writeHead(status, headers).end(result.body ?? '');
}

/** What reading a request throws when its connection ends before its body. */
function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** The whole body; null when it is larger than the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > CALLBACK_BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** What the HTTP API makes of a request (payload format 2.0). */
function gatewayEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const method = request.method ?? 'GET';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: '127.0.0.1',
      domainPrefix: 'local',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' },
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
