import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { endServer, listenOnLoopback, portOf } from './loopback.ts';

/** Where an operator's requests go. */
export interface OperatorGatewayOptions {
  /** URL of moto. */
  readonly cloud: string;
  /** URL of what answers for the Data API of RDS. */
  readonly dataApi: string;
  /** URL of Lambda's Invoke. */
  readonly invokeApi: string;
  /** URL of the deployed HTTP API; null while nothing is deployed. */
  readonly front: () => string | null;
}

const CALLBACKS = '/callbacks';
const INVOKE = /^\/2015-03-31\/functions\/[^/]+\/invocations/;

/**
 * The one endpoint of a cloud that stays open: what somebody types goes to moto, but running functions and asking the database goes to those
 * who can. Nothing is judged: an operator may do everything.
 */
export class OperatorGateway {
  readonly #options: OperatorGatewayOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(options: OperatorGatewayOptions) {
    this.#options = options;
    this.#server = createServer((incoming, response) => this.#serve(incoming, response));
  }

  /** Listens on a free port of this machine. */
  static async start(options: OperatorGatewayOptions): Promise<OperatorGateway> {
    const gateway = new OperatorGateway(options);
    await listenOnLoopback(gateway.#server);
    return gateway;
  }

  /** What AWS_ENDPOINT_URL is set to. */
  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  /** What AWS_ENDPOINT_URL_S3 is set to: an address, so that the SDK names buckets in the path, since their own names lead nowhere. */
  get urlOfBuckets(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get #port(): number {
    return portOf(this.#server);
  }

  /** Where the deployed API takes callbacks; the name that the stack gives out leads to a stranger on the internet. */
  get urlOfCallbacks(): string {
    return `${this.url}${CALLBACKS}`;
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    await endServer(this.#server);
    this.#agent.destroy();
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const { url: path = '/', method, headers } = incoming;
    const service = serviceOf(incoming);
    if (service === 'logs' && headers['x-amz-target'] === 'Logs_20140328.StartQuery') {
      const message =
        'Queries of Logs Insights (ask) are not emulated: see docs/emulated-cloud.md; errors shows every line.';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'UnsupportedOperationException', message }));
      return;
    }
    const target = this.#targetOf(path, service);
    if (target === null) {
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ message: 'Not Found' }));
      return;
    }
    const { port } = new URL(target);
    // A name stays, a bucket may be a part of it; of an address moto would make a bucket.
    const name = (headers.host ?? 'localhost').replace(/:\d+$/, '').replace(/^[\d.]+$/, 'localhost');
    const host = `${name}:${port}`;
    const sent = request(
      { agent: this.#agent, host: '127.0.0.1', port, method, path, headers: { ...headers, host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    sent.once('error', () => response.destroy());
    incoming.pipe(sent);
  }

  #targetOf(path: string, service: string | null): string | null {
    const { cloud, dataApi, invokeApi, front } = this.#options;
    if (INVOKE.test(path)) return invokeApi;
    // Callers of the API do not sign as AWS does.
    if (service === null && path.split('?')[0] === CALLBACKS) return front();
    return service === 'rds-data' ? dataApi : cloud;
  }
}

/** The service that a request is signed for; null where it is not signed. */
function serviceOf({ headers }: IncomingMessage): string | null {
  return /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? null;
}
