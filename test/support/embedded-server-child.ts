import { createInterface } from 'node:readline';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';

// A process of its own for tests that kill it: starts or joins the server in argv[2], prints where it is, leaves on "stop".
const server = await startEmbeddedPostgres({ directory: process.argv[2] ?? '', isDurable: false });
process.stdout.write(`${JSON.stringify({ url: server.connectionString, isAttached: server.isAttached })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') break;
}
await server.stop();
process.exit(0);
