import { type Data, DataType, tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';

/** A Parquet file as a reader that shares no code with our writer understands it. */
export interface ReadParquet {
  /** Name and type of each column, `cost_usd Decimal(14, 2)`. */
  readonly columns: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** A text a cell: whole numbers for instants (microseconds), days and decimals (without their point), hexadecimal digits for bytes, null for null. */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

/** Reads a whole file. */
export function readParquetFile(bytes: Uint8Array): ReadParquet {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  const cells = table.schema.fields.map(({ name }) => {
    const vector = table.getChild(name);
    return vector === null ? [] : vector.data.flatMap(cellsOf);
  });
  return {
    columns: table.schema.fields.map(({ name, type }) => `${name} ${nameOf(type)}`),
    metadata: table.schema.metadata,
    rows: Array.from({ length: table.numRows }, (_, row) => cells.map((column) => column[row] ?? null)),
  };
}

/** The library writes decimals as `Decimal[14e+2]`. */
function nameOf(type: DataType): string {
  return DataType.isDecimal(type) ? `Decimal(${type.precision}, ${type.scale})` : String(type);
}

/** From the stored values: its getters turn instants into floats. */
function cellsOf(data: Data): Array<string | null> {
  return Array.from({ length: data.length }, (_, at) => (data.getValid(at) ? cellOf(data, at) : null));
}

function cellOf({ type, values, valueOffsets, offset }: Data, at: number): string {
  if (DataType.isUtf8(type)) return Buffer.from(values.slice(valueOffsets[at], valueOffsets[at + 1])).toString('utf8');
  if (DataType.isBool(type)) return String(((values[(at + offset) >> 3] >> ((at + offset) & 7)) & 1) === 1);
  if (DataType.isFixedSizeBinary(type)) {
    return Buffer.from(values.slice(at * type.byteWidth, (at + 1) * type.byteWidth)).toString('hex');
  }
  if (DataType.isDecimal(type)) {
    const words: number[] = Array.from(values.slice(at * 4, at * 4 + 4));
    return String(
      BigInt.asIntN(
        128,
        words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
      ),
    );
  }
  return String(values[at]);
}
