/** White space, a comment to the end of the line, an opening bracket. */
const LEAD = /(?:\s+|--[^\n]*|\()/y;
const COMMENT_MARK = /\/\*|\*\//g;
const WORD = /[a-z]+\b/iy;

/** The word a statement begins with, in small letters, behind comments and opening brackets; empty where there is none. Each character is looked at once. */
export function firstWord(text: string): string {
  for (let at = 0; ; ) {
    LEAD.lastIndex = at;
    if (LEAD.test(text)) at = LEAD.lastIndex;
    else if (text.startsWith('/*', at)) at = endOfComment(text, at);
    else {
      WORD.lastIndex = at;
      return WORD.exec(text)?.[0].toLowerCase() ?? '';
    }
  }
}

/** Comments of this kind may stand inside each other; one that is not closed takes the rest. */
function endOfComment(text: string, from: number): number {
  COMMENT_MARK.lastIndex = from;
  let depth = 0;
  for (let mark = COMMENT_MARK.exec(text); mark !== null; mark = COMMENT_MARK.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_MARK.lastIndex;
  }
  return text.length;
}
