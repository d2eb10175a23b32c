declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB API over HTTP, in this process and in memory. */
  function dynalite(options?: { readonly createTableMs?: number; readonly deleteTableMs?: number }): Server;
  export = dynalite;
}
