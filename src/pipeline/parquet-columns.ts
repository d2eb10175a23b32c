import type { SchemaElement } from 'hyparquet-writer';
import { FaxsyncError } from '../domain/errors.ts';

/** A value that the type of its column cannot hold exactly (code `parquet_unfit`); `context.column` names the column. */
export class ParquetError extends FaxsyncError {
  constructor(column: string, what: string) {
    super(`Column ${column} has ${what}. Write the view as CSV or JSON lines instead.`, {
      code: 'parquet_unfit',
      context: { column },
    });
  }
}

/** What a cell becomes in a file: whole numbers up to 32 bits as number, wider ones, instants and decimals as bigint, bytes of uuids and wide decimals. */
export type ParquetValue = string | number | bigint | boolean | Uint8Array;

/** A column of a file: how it is declared, and how a cell is read. */
export interface ParquetColumn {
  readonly name: string;
  readonly element: SchemaElement;
  /** Takes a cell as Postgres writes it in UTC and ISO style; never null. @throws {ParquetError} */
  readonly read: (cell: string) => ParquetValue;
}

/** Digits that 4, 8 and 16 bytes hold. */
const DIGITS = { int32: 9, int64: 18, bytes: 38 };
/** What a numeric without a declared scale becomes. */
const UNDECLARED = { precision: DIGITS.bytes, scale: 18 };
const DECIMAL_BYTES = 16;

/**
 * The column of a file for a column of a view, by its type as Postgres writes it (`numeric(14,2)`). Every column may be null. What has no type of its own in
 * Parquet is written as the text that Postgres shows.
 */
export function parquetColumn(name: string, type: string): ParquetColumn {
  const column = (element: Partial<SchemaElement>, read: ParquetColumn['read']): ParquetColumn => ({
    name,
    element: { name, repetition_type: 'OPTIONAL', ...element },
    read,
  });
  const whole = /^numeric(?:\((\d+),(\d+)\))?$/.exec(type);
  if (whole !== null) {
    const declared = whole[1] === undefined ? UNDECLARED : { precision: Number(whole[1]), scale: Number(whole[2]) };
    if (declared.precision <= DIGITS.bytes) return decimalColumn(column, name, declared);
  }
  switch (type) {
    case 'boolean':
      return column({ type: 'BOOLEAN' }, (cell) => cell === 'true' || cell === 't');
    case 'smallint':
      return column({ type: 'INT32', converted_type: 'INT_16' }, Number);
    case 'integer':
      return column({ type: 'INT32', converted_type: 'INT_32' }, Number);
    case 'bigint':
      return column({ type: 'INT64', converted_type: 'INT_64' }, BigInt);
    case 'double precision':
      return column({ type: 'DOUBLE' }, Number);
    case 'date':
      return column({ type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }, (cell) =>
        dayOf(name, cell),
      );
    case 'timestamp with time zone':
      return column(
        {
          type: 'INT64',
          converted_type: 'TIMESTAMP_MICROS',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
        },
        (cell) => microsOf(name, cell),
      );
    case 'uuid':
      return column(
        { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
        (cell) => new Uint8Array(Buffer.from(cell.replaceAll('-', ''), 'hex')),
      );
    case 'json':
    case 'jsonb':
      // Without the older mark for JSON, with which the writer would put the text into quotes once more.
      return column({ type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, String);
    default:
      return column({ type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, String);
  }
}

function decimalColumn(
  column: (element: Partial<SchemaElement>, read: ParquetColumn['read']) => ParquetColumn,
  name: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): ParquetColumn {
  const read = (cell: string) => unscaled(name, cell, precision, scale);
  const said = { converted_type: 'DECIMAL', precision, scale } as const;
  const logical_type = { type: 'DECIMAL', precision, scale } as const;
  if (precision <= DIGITS.int32) return column({ type: 'INT32', ...said, logical_type }, read);
  if (precision <= DIGITS.int64) return column({ type: 'INT64', ...said, logical_type }, read);
  return column({ type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES, ...said, logical_type }, read);
}

/** `-12.5` at scale 2 as -1250n. Digits beyond the scale must be zeros, but for numerics without a declared one, whose divisions have no end. */
function unscaled(name: string, cell: string, precision: number, scale: number): bigint {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(cell);
  if (found === null) throw new ParquetError(name, 'a number that is none, or infinite');
  const [, sign, whole = '', fraction = ''] = found;
  const digits = `${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`;
  if (digits.replace(/^0+/, '').length > precision)
    throw new ParquetError(name, `a number of over ${precision} digits`);
  return BigInt(`${sign}${digits}`);
}

const DAY_SECONDS = 86_400;
const DATE = /^(\d{4,})-(\d\d)-(\d\d)( BC)?$/;
const INSTANT = /^(\d{4,}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00( BC)?$/;

/** Days since 1970-01-01, by the calendar that Postgres goes by. */
function dayOf(name: string, cell: string): number {
  const found = DATE.exec(cell);
  if (found === null) throw new ParquetError(name, 'a day that is infinite');
  const month = Number(found[2]);
  // Years that begin in March, so that the leap day is their last.
  const year = (found[4] === undefined ? Number(found[1]) : 1 - Number(found[1])) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const inEra = year - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + Number(found[3]) - 1;
  return era * 146_097 + inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + dayOfYear - 719_468;
}

/** Microseconds since 1970-01-01T00:00Z. */
function microsOf(name: string, cell: string): bigint {
  const found = INSTANT.exec(cell);
  if (found === null) throw new ParquetError(name, 'an instant that is infinite');
  const [, day = '', hours, minutes, seconds, fraction = '', era = ''] = found;
  const ofDay = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  const whole = dayOf(name, `${day}${era}`) * DAY_SECONDS + ofDay;
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}
