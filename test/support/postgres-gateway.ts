import { createHmac } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import pg from 'pg';
import { ByteQueue, errorMessage, int32, LoginRefused, logIn, message, takeMessage } from './postgres-login.ts';

/** How a gateway is started. */
export interface GatewayOptions {
  /** URL of a superuser on the server behind it. */
  readonly upstream: string;
  /** Whether this password lets this login in, as RDS judges IAM tokens. */
  readonly judge: (user: string, password: string) => boolean;
  /** With a certificate TLS is asked for, and nothing else taken. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** What a gateway saw since it started. */
export interface GatewayCounts {
  /** Connections that were made to it. */
  accepted: number;
  /** Logins whose password was right; the server may still have no such database. */
  admitted: number;
  /** Logins that were refused for their password. */
  refused: number;
  /** Connections open now. */
  open: number;
}

interface Startup {
  readonly packet: Buffer;
  readonly user: string;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/**
 * A Postgres to be connected to like one of RDS: it asks for the password in clear (over TLS), has it judged, and passes everything on to the
 * server behind it, where the login is the real one. Between the two it can fall silent, as a network does that lost a connection.
 *
 * Logins that come through it get a password of its own on the server behind it, the same for every gateway before that server.
 */
export class PostgresGateway {
  readonly counts: GatewayCounts = { accepted: 0, admitted: 0, refused: 0, open: 0 };
  readonly #options: GatewayOptions;
  readonly #server: net.Server;
  readonly #links = new Set<Link>();
  readonly #known = new Map<string, Promise<void>>();
  #isFrozen = false;

  private constructor(options: GatewayOptions) {
    this.#options = options;
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  /** Listens on a free port of this machine. */
  static async start(options: GatewayOptions): Promise<PostgresGateway> {
    const gateway = new PostgresGateway(options);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The URL of a login through the gateway; `localhost`, which is also the name in a certificate. */
  urlFor(user: string, database?: string, query = ''): string {
    const name = database ?? new URL(this.#options.upstream).pathname.slice(1);
    return `postgres://${encodeURIComponent(user)}@localhost:${this.port}/${name}${query}`;
  }

  /**
   * From here on every byte of every connection is swallowed, in both directions and without a word: what is open stays open, and dead.
   * New connections are taken and get no answer either.
   */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.#links) link.isDead = true;
  }

  /** New connections work again. Those from before stay dead: what was swallowed is lost. */
  thaw(): void {
    this.#isFrozen = false;
  }

  /** Ends every connection at once, as a server that goes down. */
  cut(): void {
    for (const link of this.#links) link.destroy();
  }

  /** Ends every connection and listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #accept(socket: net.Socket): void {
    this.counts.accepted += 1;
    this.counts.open += 1;
    const link = new Link(socket, this.#isFrozen);
    this.#links.add(link);
    socket.once('close', () => {
      this.counts.open -= 1;
      this.#links.delete(link);
      link.destroy();
    });
    this.#serve(link).catch(() => link.destroy());
  }

  async #serve(link: Link): Promise<void> {
    const startup = await this.#startup(link);
    if (startup === null) return;
    link.client.write(message('R', int32(3)));
    const { content } = await takeMessage(link.fromClient);
    const password = content.toString('utf8', 0, content.length - 1);
    if (!this.#options.judge(startup.user, password)) {
      this.counts.refused += 1;
      link.client.end(errorMessage('28000', `PAM authentication failed for user "${startup.user}"`));
      return;
    }
    const { hostname, port } = new URL(this.#options.upstream);
    const upstreamPassword = await this.#passwordOf(startup.user);
    const { server, fromServer } = link.connect(hostname, Number(port));
    server.write(startup.packet);
    try {
      await logIn(fromServer, (data) => server.write(data), upstreamPassword);
    } catch (error) {
      if (error instanceof LoginRefused) link.client.end(error.answer);
      throw error;
    }
    this.counts.admitted += 1;
    link.client.write(message('R', int32(0)));
    link.join();
  }

  /** What the client begins with; null where it has been answered already. */
  async #startup(link: Link): Promise<Startup | null> {
    for (;;) {
      const head = await link.fromClient.take(4);
      const rest = await link.fromClient.take(head.readInt32BE(0) - 4);
      const code = rest.readInt32BE(0);
      if (code === GSS_REQUEST) link.client.write('N');
      else if (code === SSL_REQUEST) this.#answerTls(link);
      else if (code === CANCEL_REQUEST) {
        const { hostname, port } = new URL(this.#options.upstream);
        link.connect(hostname, Number(port)).server.end(Buffer.concat([head, rest]));
        return null;
      } else {
        const words = rest.toString('utf8', 4).split('\0');
        const user = words[words.indexOf('user') + 1] ?? '';
        if (this.#options.tls === undefined || link.client instanceof tls.TLSSocket) {
          return { packet: Buffer.concat([head, rest]), user };
        }
        link.client.end(errorMessage('28000', `no pg_hba.conf entry for user "${user}", no encryption`));
        return null;
      }
    }
  }

  #answerTls(link: Link): void {
    const { tls: certificate } = this.#options;
    link.client.write(certificate === undefined ? 'N' : 'S');
    if (certificate !== undefined) link.encrypt(certificate);
  }

  /** The login's password on the server behind; the superuser has its own. */
  async #passwordOf(user: string): Promise<string> {
    const upstream = new URL(this.#options.upstream);
    const own = decodeURIComponent(upstream.password);
    if (user === decodeURIComponent(upstream.username)) return own;
    const password = createHmac('sha256', own).update(`gateway ${user}`).digest('base64url');
    const known = this.#known.get(user) ?? setPassword(upstream.href, user, password);
    this.#known.set(user, known);
    await known;
    return password;
  }
}

/** Gives an existing login the password of the gateways. */
async function setPassword(upstream: string, user: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: upstream });
  await client.connect();
  const set = () => client.query(`alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(password)}`);
  try {
    // Another gateway may be doing the same at this moment: "tuple concurrently updated".
    await set().catch(set);
  } catch (error) {
    // Whoever does not exist is refused by the server itself.
    if ((error as { code?: string }).code !== '42704') throw error;
  } finally {
    await client.end();
  }
}

/** A client and, once it is let in, the server it talks to. */
class Link {
  isDead: boolean;
  client: net.Socket;
  readonly fromClient = new ByteQueue();
  #fromServer = new ByteQueue();
  #server: net.Socket | null = null;
  #isJoined = false;

  constructor(client: net.Socket, isDead: boolean) {
    this.client = client;
    this.isDead = isDead;
    this.#listen(client);
  }

  #listen(client: net.Socket): void {
    client.on('data', (chunk: Buffer) => this.#pass(chunk, this.fromClient, this.#server));
    client.on('error', () => this.destroy());
    // A dead connection hears of nothing, not even of the end.
    client.on('end', () => {
      this.fromClient.end();
      if (!this.isDead) this.#server?.end();
    });
  }

  encrypt(certificate: { readonly cert: string; readonly key: string }): void {
    const raw = this.client;
    raw.removeAllListeners('data');
    raw.removeAllListeners('end');
    this.client = new tls.TLSSocket(raw, { isServer: true, ...certificate });
    this.#listen(this.client);
  }

  connect(host: string, port: number): { readonly server: net.Socket; readonly fromServer: ByteQueue } {
    const server = net.connect(port, host);
    this.#server = server;
    server.on('data', (chunk: Buffer) => this.#pass(chunk, this.#fromServer, this.client));
    server.on('error', () => this.destroy());
    server.on('close', () => {
      this.#fromServer.end();
      if (!this.isDead) this.client.end();
    });
    return { server, fromServer: this.#fromServer };
  }

  /** From here on both sides talk to each other. */
  join(): void {
    this.#isJoined = true;
    this.client.write(this.#fromServer.rest());
    this.#server?.write(this.fromClient.rest());
  }

  #pass(chunk: Buffer, early: ByteQueue, to: net.Socket | null): void {
    if (this.isDead) return;
    if (this.#isJoined) to?.write(chunk);
    else early.push(chunk);
  }

  destroy(): void {
    this.fromClient.end();
    this.client.destroy();
    this.#server?.destroy();
  }
}
