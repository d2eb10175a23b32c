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

/**
 * Whether RDS would ask the login for a token: it is a member of rds_iam by way of another role, as a rule `+rds_iam` of pg_hba.conf follows
 * memberships, those with nothing but `admin` among them. Its own membership does not count: plain Postgres lets nobody give rds_iam away
 * without one, RDS does.
 */
const IS_NESTED_IN_RDS_IAM = `
with recursive held as (
  select m.roleid from pg_auth_members m join pg_roles r on r.oid = m.member
  where r.rolname = current_user and m.roleid <> to_regrole('rds_iam')
  union
  select m.roleid from pg_auth_members m join held h on h.roleid = m.member
)
select coalesce(bool_or(roleid = to_regrole('rds_iam')), false) as is_nested from held`;

/**
 * The Data API of RDS as far as it is used: one statement a call, run on a real Postgres as the master, who logs in by the password in its
 * secret: as a nested member of rds_iam it is refused.
 */
export class RdsDataServer {
  /** Statements that were run or refused, in order. */
  readonly statements: string[] = [];
  /** Names of errors that the next calls are answered with instead. */
  readonly failures: string[] = [];
  /** How many of the next calls are cut off without an answer. */
  resets = 0;
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
    if (this.resets > 0) {
      this.resets -= 1;
      request.socket.resetAndDestroy();
      return;
    }
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
    let answer: () => void;
    try {
      await client.connect();
      answer = await run(client, statement, response);
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      answer = () => refuse(response, 'DatabaseErrorException', `ERROR: ${message}; SQLState: ${code}`);
    }
    // Before the answer: whoever has it may stop the database next, whose farewell nobody would listen to.
    await client.end();
    answer();
  }
}

/** Runs a statement as the master that RDS lets in; gives what answers the request. */
async function run(client: pg.Client, statement: Statement, response: http.ServerResponse): Promise<() => void> {
  if ((await client.query(IS_NESTED_IN_RDS_IAM)).rows[0]?.is_nested !== false) {
    return () => refuse(response, 'BadRequestException', `FATAL: PAM authentication failed for user "${client.user}"`);
  }
  // The extended protocol takes one statement only, as the Data API does. The driver's types do not know of the choice.
  const query: pg.QueryConfig = Object.assign({ text: statement.sql }, { queryMode: 'extended' });
  const { rows, fields } = await client.query(query);
  const formatted = statement.formatRecordsAs === 'JSON' && fields.length > 0;
  const body = formatted ? { formattedRecords: JSON.stringify(rows) } : { numberOfRecordsUpdated: 0 };
  return () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  };
}

function refuse(response: http.ServerResponse, type: string, message: string): void {
  response.statusCode = 400;
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-amzn-errortype', type);
  response.end(JSON.stringify({ message }));
}
