/** A line that is no CSV: where it is and what is wrong; null stands where the text is well formed. */
export interface CsvFault {
  /** From 1, the heading included; a row with line breaks in a field counts from its first line. */
  readonly line: number;
  readonly fault: string;
}

/** One row of a table, by the names of its heading. */
export interface CsvRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a text holds as CSV. */
export interface CsvTable {
  /** Names of the heading, as written. */
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
  readonly faults: readonly CsvFault[];
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads CSV as RFC 4180 has it: comma between fields, quotes around those with comma, quote or line break, a quote inside doubled; lines end in
 * LF or CRLF; a byte order mark and empty lines are passed over. The first row is the heading. Nothing is guessed: a quote in a bare field, text behind
 * a closing quote, and a row of another width than the heading are faults, and such a row is left out.
 */
export function parseCsv(text: string): CsvTable {
  const { records, faults } = splitRecords(text.replace(/^\ufeff/, ''));
  const [heading, ...rest] = records;
  if (heading === undefined)
    return { columns: [], rows: [], faults: [...faults, { line: 1, fault: 'there is no heading' }] };
  const columns = heading.cells.map((name) => name.trim());
  const widths = rest.flatMap(({ line, cells }) =>
    cells.length === columns.length
      ? []
      : [
          {
            line,
            fault: `has ${cells.length} ${cells.length === 1 ? 'field' : 'fields'}, the heading ${columns.length}`,
          },
        ],
  );
  const rows = rest
    .filter(({ cells }) => cells.length === columns.length)
    .map(({ line, cells }) => ({
      line,
      fields: Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ''])),
    }));
  return { columns, rows, faults: [...faults, ...widths].sort((left, right) => left.line - right.line) };
}

/** One pass over the text; a record that is not well formed goes on to its end and is left out. */
function splitRecords(text: string): { records: CsvRecord[]; faults: CsvFault[] } {
  const records: CsvRecord[] = [];
  const faults: CsvFault[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const startedOn = line;
    const cells: string[] = [];
    let fault: string | null = null;
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at) : bareField(text, at);
      line += field.breaks;
      at = field.end;
      cells.push(field.value);
      fault ??= field.fault;
      if (text[at] !== ',') break;
      at += 1;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    if (fault !== null) faults.push({ line: startedOn, fault });
    else if (cells.length > 1 || cells[0] !== '') records.push({ line: startedOn, cells });
  }
  return { records, faults };
}

interface Field {
  readonly value: string;
  /** Where the comma, the end of the line or of the text stands behind it. */
  readonly end: number;
  readonly breaks: number;
  readonly fault: string | null;
}

function bareField(text: string, start: number): Field {
  const end = endOfBare(text, start);
  const value = text.slice(start, end);
  return {
    value,
    end,
    breaks: 0,
    fault: value.includes('"') ? 'has a quote in a field that does not begin with one' : null,
  };
}

/** The next comma or end of a line; a lone carriage return is text. */
function endOfBare(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === ',' || char === '\n' || (char === '\r' && text[at + 1] === '\n')) return at;
  }
  return text.length;
}

function quotedField(text: string, start: number): Field {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) {
      return { value, end: text.length, breaks: 0, fault: 'has a quoted field without an end' };
    }
    value += text.slice(from, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      from = quote + 2;
      continue;
    }
    const end = endOfBare(text, quote + 1);
    const breaks = value.split('\n').length - 1;
    return { value, end, breaks, fault: end === quote + 1 ? null : 'has text behind a closing quote' };
  }
}
