import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CallbackServer } from '../../src/cli/callback-server.ts';

describe('the callback server', () => {
  it('calls a sender that goes away in mid body no defect', async () => {
    const defects: unknown[] = [];
    const server = await CallbackServer.listen({
      port: 0,
      handler: () => Promise.resolve({ statusCode: 200 }),
      onAnswer: () => {},
      onDefect: (error) => defects.push(error),
    });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n');
    // The server says 100 when it has begun to read.
    await once(socket, 'data');
    socket.write('half');
    socket.destroy();
    await server.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(defects).toEqual([]);
  });
});
