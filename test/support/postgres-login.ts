import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** Reads a stream of bytes piece by piece: push what comes, take what is needed. */
export class ByteQueue {
  #bytes = Buffer.alloc(0);
  #isOver = false;
  #wake: () => void = () => {};

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  }

  /** Nothing more will come: whoever waits is told. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** The next `count` bytes; rejects where the stream ended before. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#isOver) throw new Error('the other side went away');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  /** What came and was not taken. */
  rest(): Buffer {
    return this.#bytes;
  }
}

/** One message of the protocol after the startup: its letter and its content. */
export interface ServerMessage {
  readonly type: string;
  readonly content: Buffer;
}

/** Reads one message. */
export async function takeMessage(bytes: ByteQueue): Promise<ServerMessage> {
  const head = await bytes.take(5);
  return { type: head.toString('latin1', 0, 1), content: await bytes.take(head.readInt32BE(1) - 4) };
}

/** Writes one message. */
export function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

/** A number of four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** The server's refusal, as the driver reads it. */
export function errorMessage(sqlState: string, text: string): Buffer {
  return message('E', 'SFATAL', 'VFATAL', `C${sqlState}`, `M${text}`, Buffer.from([0]));
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/**
 * Answers the server's questions for a password (SCRAM-SHA-256, in clear, or none) until it is content.
 * Rejects with the server's own refusal, as the message it sent.
 */
export async function logIn(bytes: ByteQueue, write: (data: Buffer) => void, password: string): Promise<void> {
  const nonce = randomBytes(18).toString('base64');
  const firstBare = `n=,r=${nonce}`;
  for (;;) {
    const { type, content } = await takeMessage(bytes);
    if (type === 'E') throw new LoginRefused(message('E', content));
    const kind = content.readInt32BE(0);
    const text = content.toString('utf8', 4);
    if (kind === 0) return;
    if (kind === 3) write(message('p', password));
    if (kind === 10) {
      const first = Buffer.from(`n,,${firstBare}`);
      write(message('p', 'SCRAM-SHA-256', int32(first.length), first));
    }
    if (kind === 11) write(message('p', Buffer.from(proofOf(password, firstBare, text))));
  }
}

/** The server did not let us in; `answer` is what it said, ready to be passed on. */
export class LoginRefused extends Error {
  readonly answer: Buffer;

  constructor(answer: Buffer) {
    super('the server refused the login');
    this.answer = answer;
  }
}

/** The last message of SCRAM: that we know the password, without saying it. */
function proofOf(password: string, firstBare: string, serverFirst: string): string {
  const said = new Map(serverFirst.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
  const salt = Buffer.from(said.get('s') ?? '', 'base64');
  const salted = pbkdf2Sync(password, salt, Number(said.get('i')), 32, 'sha256');
  const lastBare = `c=biws,r=${said.get('r')}`;
  const clientKey = hmac(salted, 'Client Key');
  const stored = createHash('sha256').update(clientKey).digest();
  const signature = hmac(stored, `${firstBare},${serverFirst},${lastBare}`);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
  return `${lastBare},p=${proof.toString('base64')}`;
}
