import type { Pool, PoolClient } from 'pg';
import { hashFax } from '../src/domain/content-hash.ts';
import { Notes } from '../src/domain/notes.ts';
import type { Envelope } from '../src/landing/contract.ts';
import { decodeFaxes } from '../src/phaxio/decode-fax.ts';
import { bodyTexts } from '../src/streams/stream.ts';
import { copyIn } from '../src/warehouse/copy-in.ts';
import {
  COPY_BARCODES,
  COPY_FAXES,
  COPY_RECIPIENTS,
  copyBarcodes,
  copyFaxes,
  copyRecipients,
  type FaxRow,
  hashedRows,
  shownFaxes,
} from '../src/warehouse/fax-rows.ts';
import { loadFaxes } from '../src/warehouse/load-faxes.ts';
import { loadObject } from '../src/warehouse/load-object.ts';
import type { LoadTransaction } from '../src/warehouse/load-transaction.ts';
import { prepared } from './faxes.ts';
import { BENCH_LOAD } from './ground.ts';
import type { Writer } from './race.ts';
import { textOfBarcodes, textOfFaxes, textOfRecipients } from './text-copy.ts';

/** The load path, whole: one object a transaction. */
export function faxsyncWriter(pool: Pool, pages: number): Writer {
  return {
    name: 'faxsync',
    pages,
    phases: ['fresh', 'unchanged', 'changed'],
    prepare: async (envelopes) => {
      const loads = envelopes.map(prepared);
      return async () => {
        for (const load of loads) await loadObject(pool, load, BENCH_LOAD);
      };
    },
  };
}

/** The load path for a role that may not COPY: rows travel as array parameters. */
export function arraysWriter(pool: Pool, pages: number): Writer {
  return {
    ...faxsyncWriter(pool, pages),
    name: 'faxsync without COPY',
    prepare: async (envelopes) => {
      const loads = envelopes.map((envelope) => {
        const { mark, notes } = prepared(envelope);
        const faxes = decoded(envelope);
        const write = (load: LoadTransaction) => loadFaxes({ ...load, canCopy: false }, faxes, hashFax, true);
        return { mark, notes, write };
      });
      return async () => {
        for (const load of loads) await loadObject(pool, load, BENCH_LOAD);
      };
    },
  };
}

/** The faxes of an envelope. */
export function decoded(envelope: Envelope) {
  const options = { zone: 'America/Chicago', notes: new Notes() };
  return bodyTexts(envelope).flatMap((text) => decodeFaxes(text, envelope.dialect, options).items);
}

/** The rows of an envelope, hashed, with the marks that a load gives them. */
export function rowsOf(envelope: Envelope): { readonly load: LoadTransaction; readonly rows: readonly FaxRow[] } {
  const load = { ...prepared(envelope).mark, accountId: 1, canCopy: true, isCareful: false, notes: new Notes() };
  // Rows are made without a database; what copies them is given its client apart.
  const transaction = { ...load, client: undefined as never };
  return { load: transaction, rows: hashedRows(shownFaxes(transaction, decoded(envelope)), hashFax) };
}

type Batch = ReturnType<typeof rowsOf>;

/**
 * COPY of known rows straight into the warehouse's tables, one transaction a page: the practical limit. The triggers fire, nothing else is done:
 * no lock, no ledger, no comparison, no control totals. `text`: rows are rendered as text while the time runs, as all writers do;
 * `rendered`: the text is ready, as psql reads it from a file; `binary`: the binary format.
 */
export function copyWriter(pool: Pool, pages: number, form: 'text' | 'rendered' | 'binary'): Writer {
  return {
    name: `COPY ${form}`,
    pages,
    phases: ['fresh'],
    prepare: async (envelopes) => {
      const batches = envelopes.map(rowsOf);
      const ready = form === 'rendered' ? batches.map(textCopies) : [];
      return async () => {
        const client = await pool.connect();
        for (const [i, batch] of batches.entries()) {
          await client.query('begin');
          const copies = form === 'binary' ? binaryCopies(batch) : (ready[i] ?? textCopies(batch));
          await copyAll(client, copies);
          await client.query('commit');
        }
        client.release();
      };
    },
  };
}

type Copies = ReadonlyArray<readonly [statement: string, chunks: Iterable<Buffer>]>;

async function copyAll(client: PoolClient, copies: Copies): Promise<void> {
  for (const [statement, chunks] of copies) await copyIn(client, statement, chunks);
}

function binaryCopies({ load, rows }: Batch): Copies {
  return [
    [COPY_FAXES, copyFaxes(load, rows)],
    [COPY_RECIPIENTS, copyRecipients(load, rows)],
    [COPY_BARCODES, copyBarcodes(load, rows)],
  ];
}

function textCopies({ load, rows }: Batch): Copies {
  const asText = (statement: string) => statement.replace(' (format binary)', '');
  return [
    [asText(COPY_FAXES), [textOfFaxes(load, rows)]],
    [asText(COPY_RECIPIENTS), [textOfRecipients(load, rows)]],
    [asText(COPY_BARCODES), [textOfBarcodes(load, rows)]],
  ];
}
