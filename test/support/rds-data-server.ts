import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';

/** What one call of the Data API asks for. */
interface Statement {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  readonly sql: string;
  readonly formatRecordsAs?: string;
}

/** What a server is started with. */
export interface RdsDataOptions {
  /** URL of the master, who is no superuser in RDS; the database is the one a call names. */
  readonly master: string;
  readonly resourceArn: string;
  readonly secretArn: string;
}

/** The Data API of RDS as far as it is used: one statement a call, run on a real Postgres as the master. */
export class RdsDataServer {
  /** Statements that were run or refused, in order. */
  readonly statements: string[] = [];
  /** Names of errors that the next calls are answered with instead. */
  readonly failures: string[] = [];
  readonly #options: RdsDataOptions;
  readonly #server: http.Server;

  private constructor(options: RdsDataOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on a free port of this machine. */
  static async start(options: RdsDataOptions): Promise<RdsDataServer> {
    const started = new RdsDataServer(options);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const statement = JSON.parse(await text(request)) as Statement;
    const failure = this.failures.shift();
    if (failure !== undefined) {
      refuse(response, failure, 'not now');
    } else if (request.method !== 'POST' || request.url !== '/Execute') {
      refuse(response, 'NotFoundException', 'no such operation');
    } else if (statement.resourceArn !== this.#options.resourceArn || statement.secretArn !== this.#options.secretArn) {
      refuse(response, 'ForbiddenException', 'another cluster or secret');
    } else if (/:[a-z]/i.test(statement.sql)) {
      refuse(response, 'BadRequestException', 'a parameter without a value');
    } else {
      await this.#run(statement, response);
    }
  }

  async #run(statement: Statement, response: http.ServerResponse): Promise<void> {
    this.statements.push(statement.sql);
    const url = new URL(this.#options.master);
    url.pathname = `/${statement.database}`;
    const client = new pg.Client({ connectionString: url.href });
    try {
      await client.connect();
      // The extended protocol takes one statement only, as the Data API does. The driver's types do not know of the choice.
      const query: pg.QueryConfig = Object.assign({ text: statement.sql }, { queryMode: 'extended' });
      const { rows, fields } = await client.query(query);
      const formatted = statement.formatRecordsAs === 'JSON' && fields.length > 0;
      const body = formatted ? { formattedRecords: JSON.stringify(rows) } : { numberOfRecordsUpdated: 0 };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      refuse(response, 'DatabaseErrorException', `ERROR: ${message}; SQLState: ${code}`);
    } finally {
      await client.end();
    }
  }
}

function refuse(response: http.ServerResponse, type: string, message: string): void {
  response.statusCode = 400;
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-amzn-errortype', type);
  response.end(JSON.stringify({ message }));
}
