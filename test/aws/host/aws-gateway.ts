import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { actionsOf, type Names, type WireRequest } from '../rights/actions.ts';
import { endServer, listenOnLoopback, urlOf } from './loopback.ts';

/** A request and who made it, by the access key it was signed with. */
export interface SignedRequest extends WireRequest {
  readonly accessKey: string;
}

/** What a gateway is made of. */
export interface AwsGatewayOptions {
  /** URL of moto. */
  readonly cloud: string;
  /** URL of what answers for the Data API of RDS. */
  readonly dataApi: () => string;
  readonly names: () => Names;
  /** Judges a request: null lets it pass, a text refuses it. */
  readonly judge: (sent: SignedRequest, actions: ReturnType<typeof actionsOf>) => string | null;
  /** Judges an object that is not there: S3 says so only to who may list the bucket. Null passes the answer on. */
  readonly judgeMissing: (sent: SignedRequest) => string | null;
  /** Told of what the test itself does not understand. */
  readonly onDefect: (message: string) => void;
}

/** Answers as a service does to what a policy does not allow. */
function refuse(response: ServerResponse, service: string): void {
  const message = 'refused by the test: see its list of what was denied';
  const isS3 = service === 's3';
  const body = isS3
    ? `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`
    : JSON.stringify({ __type: 'AccessDeniedException', message });
  response
    .writeHead(403, {
      'content-type': isS3 ? 'application/xml' : 'application/x-amz-json-1.0',
      'x-amzn-errortype': 'AccessDeniedException',
    })
    .end(body);
}

/**
 * Stands between the deployed functions and moto: tells by the access key whose request it is, has it judged by the deployed policies, and
 * passes it on.
 */
export class AwsGateway {
  readonly #options: AwsGatewayOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  /** Requests passed on, by service. */
  readonly passed = new Map<string, number>();

  private constructor(options: AwsGatewayOptions) {
    this.#options = options;
    this.#server = createServer((incoming, response) => {
      this.#serve(incoming, response).catch((error: unknown) => {
        if (!response.destroyed && !incoming.destroyed) options.onDefect(String(error));
        response.destroy();
      });
    });
    // A function that was frozen for a while finds its connections as it left them.
    this.#server.keepAliveTimeout = 0;
  }

  /** Listens on a free port of this machine. */
  static async start(options: AwsGatewayOptions): Promise<AwsGateway> {
    const gateway = new AwsGateway(options);
    await listenOnLoopback(gateway.#server);
    return gateway;
  }

  /** The endpoint to give to the SDK; an address, so that it names buckets in the path. */
  get url(): string {
    return urlOf(this.#server);
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    await endServer(this.#server);
    this.#agent.destroy();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = 'GET', url = '/' } = incoming;
    const [, accessKey = '', service = ''] =
      /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
    const sent = { accessKey, service, method, url, headers, body: await buffer(incoming) };
    const refusal = this.#options.judge(sent, actionsOf(sent, this.#options.names()));
    if (refusal !== null) return refuse(response, service);
    this.passed.set(service, (this.passed.get(service) ?? 0) + 1);
    await this.#passOn(sent, response);
  }

  #passOn(sent: SignedRequest, response: ServerResponse): Promise<void> {
    const { cloud, dataApi } = this.#options;
    const base = sent.service === 'rds-data' ? dataApi() : cloud;
    const { hostname, port, host } = new URL(base);
    const { method, url, body } = sent;
    const headers: IncomingHttpHeaders = { ...sent.headers, host };
    return new Promise((resolve, reject) => {
      const forwarded = request({ agent: this.#agent, hostname, port, method, path: url, headers }, (answer) => {
        const isMissing = sent.service === 's3' && method === 'GET' && answer.statusCode === 404;
        if (isMissing && this.#options.judgeMissing(sent) !== null) {
          answer.resume();
          refuse(response, sent.service);
          return resolve();
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.once('end', resolve);
        answer.once('error', reject);
      });
      forwarded.once('error', reject);
      response.once('close', resolve);
      forwarded.end(body);
    });
  }
}
