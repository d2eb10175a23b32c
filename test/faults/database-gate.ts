import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The message of a commit: a simple query of that word. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0');

/** Stands before the tests' Postgres at an address of its own, which stays when the database goes: the address of a cluster. */
export class DatabaseGate {
  /** URL of the database behind the gate. */
  readonly url: string;
  /** Connections that were refused so far. */
  refused = 0;
  /** Commits that went through, counted from 1, whose answer is lost: each is done, and its connection ends before that is known. */
  losesCommit: (commit: number) => boolean = () => false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDown = false;
  #commits = 0;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    const { hostname, port } = new URL(url);
    server.on('connection', (client) => {
      if (this.#isDown) {
        this.refused += 1;
        client.destroy();
        return;
      }
      const upstream = connect(Number(port === '' ? 5432 : port), hostname);
      this.#keep(client, upstream);
      this.#keep(upstream, client);
      client.on('data', (data) => {
        if (!data.includes(COMMIT)) return;
        this.#commits += 1;
        if (!this.losesCommit(this.#commits)) return;
        upstream.unpipe(client);
        upstream.once('data', () => client.destroy()).resume();
      });
      client.pipe(upstream).pipe(client);
    });
    const own = new URL(url);
    own.hostname = '127.0.0.1';
    own.port = String((server.address() as AddressInfo).port);
    this.url = own.href;
  }

  /** Opens a gate before the database of a URL. */
  static async open(url: string): Promise<DatabaseGate> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseGate(server, url);
  }

  /** True: every connection is cut, and new ones are refused. */
  set isDown(isDown: boolean) {
    this.#isDown = isDown;
    if (isDown) for (const socket of this.#sockets) socket.destroy();
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}
