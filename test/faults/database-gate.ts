import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before the tests' Postgres at an address of its own, which stays when the database goes: the address of a cluster. */
export class DatabaseGate {
  /** URL of the database behind the gate. */
  readonly url: string;
  /** Connections that were refused so far. */
  refused = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDown = false;

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
