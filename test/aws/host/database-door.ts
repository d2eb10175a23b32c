import net from 'node:net';

/**
 * The address of the database, which stays when the database goes: a door before the gateway that can be shut, so that connections are refused,
 * and opened again on the same port.
 */
export class DatabaseDoor {
  readonly #sockets = new Set<net.Socket>();
  readonly #behind: () => number;
  #server: net.Server | null = null;
  #port = 0;
  /** Connections refused since it was shut are not seen by anybody; these were broken. */
  broken = 0;

  private constructor(behind: () => number) {
    this.#behind = behind;
  }

  /** Opens on a free port of this machine; `behind` gives the port it leads to. */
  static async open(behind: () => number): Promise<DatabaseDoor> {
    const door = new DatabaseDoor(behind);
    await door.reopen();
    return door;
  }

  /** The port, the same over its whole life. */
  get port(): number {
    return this.#port;
  }

  /** Refuses new connections and breaks those that are there, as a database that stops. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.broken += this.#sockets.size;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }

  /** Lets connections in again. */
  async reopen(): Promise<void> {
    const server = net.createServer((socket) => this.#lead(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  #lead(socket: net.Socket): void {
    const inner = net.connect(this.#behind(), '127.0.0.1');
    this.#sockets.add(socket);
    for (const [from, to] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
