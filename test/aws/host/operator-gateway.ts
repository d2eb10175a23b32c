import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where an operator's requests go. */
export interface OperatorGatewayOptions {
  /** URL of moto. */
  readonly cloud: string;
  /** URL of what answers for the Data API of RDS. */
  readonly dataApi: string;
  /** URL of Lambda's Invoke. */
  readonly invokeApi: string;
}

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
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
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
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    this.#agent.destroy();
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const { url: path = '/', method, headers } = incoming;
    const { port } = new URL(this.#targetOf(incoming));
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

  #targetOf({ url = '', headers }: IncomingMessage): string {
    const { cloud, dataApi, invokeApi } = this.#options;
    if (INVOKE.test(url)) return invokeApi;
    const service = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1];
    return service === 'rds-data' ? dataApi : cloud;
  }
}
