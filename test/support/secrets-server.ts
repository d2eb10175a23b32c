import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Secrets Manager as far as a function uses it, over real HTTP: the client of AWS itself is under test. */
export class SecretsServer {
  /** Text by name. */
  readonly secrets = new Map<string, string>();
  /** Names in the order in which they were asked for. */
  readonly asked: string[] = [];
  /** What every request is answered with while it is set: a status, and the name of the error. */
  failure: { readonly status: number; readonly type: string } | null = null;
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on a free port of this machine. */
  static async start(): Promise<SecretsServer> {
    const started = new SecretsServer();
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  /** What the client of AWS needs in its environment to come here. */
  get environment(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
    };
  }

  /** Puts a secret in, as JSON where it is no text. */
  put(name: string, content: unknown): void {
    this.secrets.set(name, typeof content === 'string' ? content : JSON.stringify(content));
  }

  /** Listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { SecretId: name } = JSON.parse(await text(request)) as { SecretId: string };
    const isAsked = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    this.asked.push(name);
    const value = this.secrets.get(name);
    const failure =
      this.failure ?? (isAsked && value !== undefined ? null : { status: 400, type: 'ResourceNotFoundException' });
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.statusCode = failure?.status ?? 200;
    // The service's own texts may quote names and values; none may come through.
    const body = failure === null ? { Name: name, SecretString: value } : { __type: failure.type, message: 'canary' };
    response.end(JSON.stringify(body));
  }
}
