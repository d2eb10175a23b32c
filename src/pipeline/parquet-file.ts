import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type ParquetColumn, type ParquetValue, parquetColumn } from './parquet-columns.ts';

/** What a file says of itself and of a column. */
export interface ParquetMeaning {
  readonly name: string;
  readonly meaning: string;
}

/** A column as the catalogue of the database has it. */
export interface TypedColumn extends ParquetMeaning {
  /** As Postgres writes it, `numeric(14,2)`. */
  readonly type: string;
}

/** Where a group of rows ends: the rows, or the characters of their cells, that memory holds. */
const GROUP_ROWS = 50_000;
const GROUP_CHARACTERS = 16_000_000;

/**
 * Writes rows as a Parquet file (version 2, Snappy), piece by piece to `take`: a group of rows goes out once it is full, so that memory holds one, whatever
 * comes. Types are those of the database ({@link parquetColumn}); what view and columns mean is in the file's key-value metadata, as `faxsync.view`,
 * `faxsync.meaning` and `faxsync.column.<name>`. The same rows give the same bytes.
 */
export class ParquetFile {
  readonly #columns: readonly ParquetColumn[];
  readonly #bytes = new ByteWriter(1_048_576);
  readonly #writer: ParquetWriter;
  readonly #take: (bytes: Uint8Array) => Promise<void>;
  readonly #rowsMax: number;
  /** A list a column. */
  #held: Array<Array<ParquetValue | null>>;
  #characters = 0;

  constructor(
    of: ParquetMeaning & { readonly columns: readonly TypedColumn[] },
    take: (bytes: Uint8Array) => Promise<void>,
    limits: { readonly groupRows: number } = { groupRows: GROUP_ROWS },
  ) {
    this.#columns = of.columns.map(({ name, type }) => parquetColumn(name, type));
    this.#take = take;
    this.#rowsMax = limits.groupRows;
    this.#held = this.#columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: of.name, num_children: of.columns.length }, ...this.#columns.map(({ element }) => element)],
      kvMetadata: [
        { key: 'faxsync.view', value: of.name },
        { key: 'faxsync.meaning', value: of.meaning },
        ...of.columns.map(({ name, meaning }) => ({ key: `faxsync.column.${name}`, value: meaning })),
      ],
      createdBy: 'faxsync',
    });
  }

  /** Takes rows of cells as Postgres writes them in UTC and ISO style, in the order of the columns. @throws {ParquetError} and what `take` throws. */
  async add(rows: ReadonlyArray<ReadonlyArray<string | null>>): Promise<void> {
    for (const cells of rows) {
      for (const [at, { read }] of this.#columns.entries()) {
        const cell = cells[at] ?? null;
        this.#held[at]?.push(cell === null ? null : read(cell));
        this.#characters += cell?.length ?? 0;
      }
      if ((this.#held[0]?.length ?? 0) >= this.#rowsMax || this.#characters >= GROUP_CHARACTERS) await this.#group();
    }
  }

  /** Writes what is left and the end of the file. @throws what `take` throws. */
  async finish(): Promise<void> {
    await this.#group();
    await this.#writer.finish();
    if (this.#writer.row_groups.length === 0) mendEmptyList(this.#bytes.getBytes());
    await this.#send();
  }

  async #group(): Promise<void> {
    const rows = this.#held[0]?.length ?? 0;
    if (rows === 0) return;
    const columnData = this.#columns.map(({ name }, at) => ({ name, data: this.#held[at] ?? [] }));
    await this.#writer.write({ columnData, rowGroupSize: rows });
    this.#held = this.#columns.map(() => []);
    this.#characters = 0;
    await this.#send();
  }

  /** The writer keeps its place in the whole file by itself; its buffer may begin anew. */
  async #send(): Promise<void> {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    await this.#take(bytes);
  }
}

/** In the file's metadata: no rows (field 3, a long), no groups of rows (field 4, a list of nothing). */
const NO_GROUPS = Buffer.from([0x16, 0x00, 0x19, 0x00]);
const LIST_OF_STRUCTS = 0x0c;

/**
 * The library guesses the type of a list from its first element and gives an empty one none, which strict readers refuse. A group of no rows in its
 * place would be refused by others. Before the list stands the schema alone, in which no long occurs.
 */
function mendEmptyList(bytes: Uint8Array): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(NO_GROUPS);
  if (at !== -1) bytes[at + NO_GROUPS.length - 1] = LIST_OF_STRUCTS;
}
