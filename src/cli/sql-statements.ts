/** What a piece of typed text holds: statements without their semicolons, and commands that begin with a backslash. */
export type SqlInput =
  | { readonly kind: 'statement'; readonly text: string }
  | { readonly kind: 'command'; readonly word: string; readonly argument: string };

/** Cuts lines into statements and commands. A statement ends at a semicolon outside of quotes, dollar quotes and comments, and may have many lines. */
export class StatementReader {
  #text = '';

  /** Whether the beginning of a statement waits for its end. */
  get isInside(): boolean {
    return !isBlank(this.#text);
  }

  /** Takes a line without its end; returns what is complete by it. */
  line(line: string): SqlInput[] {
    if (!this.isInside && /^\s*\\/.test(line)) return [readCommand(line)];
    this.#text += `${line}\n`;
    const inputs: SqlInput[] = [];
    for (let end = endOf(this.#text); end !== -1; end = endOf(this.#text)) {
      const text = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      if (!isBlank(text)) inputs.push({ kind: 'statement', text: text.trim() });
    }
    if (isBlank(this.#text)) this.#text = '';
    return inputs;
  }

  /** What is left at the end of a text: a last statement needs no semicolon. */
  rest(): SqlInput[] {
    const text = this.#text.trim();
    this.#text = '';
    return isBlank(text) ? [] : [{ kind: 'statement', text }];
  }

  /** Forgets what was begun. */
  clear(): void {
    this.#text = '';
  }
}

function readCommand(line: string): SqlInput {
  const [, word = '', argument = ''] = /^\s*\\(\S*)\s*(.*?)[\s;]*$/.exec(line) ?? [];
  return { kind: 'command', word: word.replace(/;+$/, ''), argument };
}

/** Whether there is nothing but white space and comments. */
function isBlank(text: string): boolean {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}

/** Parts in which a semicolon is no end, each from its beginning on; one that is not closed takes the rest. */
const PARTS =
  /--[^\n]*|[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;

/** Where the first statement of a text ends, -1 where it does not. */
function endOf(text: string): number {
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    if (char === ';') return at;
    const end = char === '/' && text[at + 1] === '*' ? endOfComment(text, at) : endOfPart(text, at);
    if (end === -1) return -1;
    at = end;
  }
  return -1;
}

/** Comments of this kind may stand inside each other. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const pair = text.slice(at, at + 2);
    if (pair === '/*') depth += 1;
    if (pair === '*/') depth -= 1;
    at += pair === '/*' || pair === '*/' ? 2 : 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** The place after the part that begins here, or after this character; -1 where the part is not closed. */
function endOfPart(text: string, at: number): number {
  // The middle of a name is no beginning of a quote: `le'x'` is no `e'x'`, `a$b$` no dollar quote.
  const isInName = at > 0 && /[\w$\u0080-\uffff]/.test(text[at - 1] ?? '') && /[eE$]/.test(text[at] ?? '');
  PARTS.lastIndex = at;
  const match = isInName ? null : PARTS.exec(text);
  if (match === null || match.index !== at) return at + 1;
  const [part] = match;
  if (part.startsWith('$')) {
    const close = text.indexOf(part, at + part.length);
    return close === -1 ? -1 : close + part.length;
  }
  return at + part.length;
}
