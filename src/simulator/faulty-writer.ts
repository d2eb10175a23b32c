import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { cutAt, type Fault, type FaultKind } from './faults.ts';
import type { Reply } from './http-message.ts';

/** How many bytes a dripping answer sends at a time, at most. */
const DRIP_CHUNK_BYTES = 1024;

function head(reply: Reply, headers: Readonly<Record<string, string>>, contentLength: number | null): string {
  const lines = Object.entries({ ...headers, ...reply.headers }).map(([name, value]) => `${name}: ${value}`);
  if (contentLength !== null) lines.push(`content-length: ${contentLength}`);
  return `HTTP/1.1 ${reply.status} Simulated\r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`;
}

function writeCut(socket: Socket, reply: Reply, headers: Readonly<Record<string, string>>, fault: Fault): void {
  const end = cutAt(fault, reply.body.length);
  const framing = fault.kind === 'reset' ? 'full_length' : (fault.framing ?? 'full_length');
  const lengths = { full_length: reply.body.length, short_length: end, close: null };
  const bytes = Buffer.concat([
    Buffer.from(head(reply, headers, lengths[framing]), 'latin1'),
    reply.body.subarray(0, end),
  ]);
  socket.write(bytes, () => {
    if (fault.kind === 'reset') socket.resetAndDestroy();
    else socket.end();
  });
}

async function writeDrip(response: ServerResponse, reply: Reply, bytesPerSecond: number, clock: Clock): Promise<void> {
  const chunkBytes = Math.min(DRIP_CHUNK_BYTES, Math.max(1, Math.floor(bytesPerSecond / 10)));
  for (let at = 0; at < reply.body.length && !response.destroyed; at += chunkBytes) {
    response.write(reply.body.subarray(at, at + chunkBytes));
    await clock.sleep((chunkBytes / bytesPerSecond) * 1000);
  }
  response.end();
}

/** Writes an answer, cut off, reset or slowed down by the faults that strike it. */
export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  struck: ReadonlyMap<FaultKind, Fault>,
  realClock: Clock,
): Promise<void> {
  const cut = struck.get('reset') ?? struck.get('truncate');
  const { socket } = response;
  if (cut !== undefined && socket !== null) {
    writeCut(socket, reply, headers, cut);
    return;
  }
  response.writeHead(reply.status, { ...headers, ...reply.headers, 'content-length': String(reply.body.length) });
  const drip = struck.get('drip');
  if (drip === undefined) response.end(reply.body);
  else await writeDrip(response, reply, Math.max(1, drip.bytesPerSecond ?? 64), realClock);
}
