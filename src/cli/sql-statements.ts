/** What a piece of typed text holds: statements without their semicolons, and commands that begin with a backslash. */
export type SqlInput =
  | { readonly kind: 'statement'; readonly text: string }
  | { readonly kind: 'command'; readonly word: string; readonly argument: string };

/** A part that is not closed yet: its kind, and for a comment how deep it is, for a dollar quote the text that closes it. */
type OpenPart =
  | { readonly kind: "'" | '"' | 'escaped' }
  | { readonly kind: 'comment'; readonly depth: number }
  | { readonly kind: 'dollar'; readonly close: string };

/** What stands outside of quotes and comments, from a place on: white space, a comment to the end of the line, a word, the beginning of a part. */
const TOKEN =
  /(?<space>\s+|--[^\n]*)|(?<comment>\/\*)|(?<escaped>[eE]')|(?<quote>['"])|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|[\w\u0080-\uffff][\w$\u0080-\uffff]*|[^;]/y;
const COMMENT_MARK = /\/\*|\*\//g;
const ESCAPED_MARK = /\\[\s\S]|''|'/g;

/**
 * Cuts lines into statements and commands. A statement ends at a semicolon outside of quotes, dollar quotes and comments, and may have many lines. Every
 * character is looked at once, however long a statement is.
 */
export class StatementReader {
  /** What was read of the statement that is not complete. */
  #pieces: string[] = [];
  #open: OpenPart | null = null;
  /** Whether it has more than white space and comments. */
  #hasWords = false;

  /** Whether the beginning of a statement waits for its end. */
  get isInside(): boolean {
    return this.#hasWords || this.#open !== null;
  }

  /** Takes a line without its end; returns what is complete by it. */
  line(line: string): SqlInput[] {
    if (!this.isInside && /^\s*\\/.test(line)) return [readCommand(line)];
    const text = `${line}\n`;
    const inputs: SqlInput[] = [];
    let from = 0;
    for (let at = 0; at < text.length; ) {
      if (this.#open !== null) at = this.#goOn(text, at, this.#open);
      else if (text[at] !== ';') at = this.#read(text, at);
      else {
        this.#pieces.push(text.slice(from, at));
        inputs.push(...this.rest());
        at += 1;
        from = at;
      }
    }
    this.#pieces.push(text.slice(from));
    if (!this.isInside) this.#pieces = [];
    return inputs;
  }

  /** What is left at the end of a text: a last statement needs no semicolon. */
  rest(): SqlInput[] {
    const inputs: SqlInput[] = this.isInside ? [{ kind: 'statement', text: this.#pieces.join('').trim() }] : [];
    this.clear();
    return inputs;
  }

  /** Forgets what was begun. */
  clear(): void {
    this.#pieces = [];
    this.#open = null;
    this.#hasWords = false;
  }

  /** Reads one token outside of any part; returns where the next begins. */
  #read(text: string, at: number): number {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return at + 1;
    const { space, comment, escaped, quote, dollar } = match.groups ?? {};
    if (comment !== undefined) this.#open = { kind: 'comment', depth: 1 };
    else if (space === undefined) this.#hasWords = true;
    if (escaped !== undefined) this.#open = { kind: 'escaped' };
    else if (dollar !== undefined) this.#open = { kind: 'dollar', close: dollar };
    else if (quote === "'" || quote === '"') this.#open = { kind: quote };
    return TOKEN.lastIndex;
  }

  /** Goes on in an open part to where it ends, or to the end of the line. */
  #goOn(text: string, at: number, open: OpenPart): number {
    switch (open.kind) {
      case 'comment': {
        const mark = next(COMMENT_MARK, text, at);
        if (mark === null) return text.length;
        const depth = open.depth + (mark.text === '/*' ? 1 : -1);
        // Comments of this kind may stand inside each other.
        this.#open = depth === 0 ? null : { kind: 'comment', depth };
        return mark.end;
      }
      case 'escaped': {
        const mark = next(ESCAPED_MARK, text, at);
        if (mark?.text === "'") this.#open = null;
        return mark?.end ?? text.length;
      }
      case 'dollar':
        return this.#close(text, at, open.close);
      default:
        // Two quotes inside of one are an end and a beginning.
        return this.#close(text, at, open.kind);
    }
  }

  #close(text: string, at: number, close: string): number {
    const found = text.indexOf(close, at);
    if (found === -1) return text.length;
    this.#open = null;
    return found + close.length;
  }
}

function next(pattern: RegExp, text: string, at: number): { readonly text: string; readonly end: number } | null {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? null : { text: match[0], end: pattern.lastIndex };
}

function readCommand(line: string): SqlInput {
  const [, word = '', argument = ''] = /^\s*\\(\S*)\s*(.*?)[\s;]*$/.exec(line) ?? [];
  return { kind: 'command', word: word.replace(/;+$/, ''), argument };
}
