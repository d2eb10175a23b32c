import { bodyText, type RawBody } from '../domain/raw-body.ts';
import { skipSpace, skipString, skipValue } from './json.ts';
import { kindOfName, type NameKind } from './secret-names.ts';

/**
 * A body without its secrets: their values are `null`. Looks at names at any depth, however they are written (`port_out_pin`, `portOutPin`,
 * `"p\u0069n"`), inside texts that hold JSON, too. All else stays as it was, character by character; only a text that lost a part of itself
 * is written anew. The same object where there was nothing to drop; bytes that are not UTF-8 become U+FFFD where there was.
 *
 * For JSON, also cut off at the end (a text cut in two goes whole), since nothing else is landed: the client refuses it. Of a text that is
 * none, names are found as long as quotes stand in pairs and a colon follows the name. Not known as secrets: values in lists of name and
 * value, and in plain sentences.
 */
export function withoutSecrets(raw: RawBody): RawBody {
  const text = bodyText(raw);
  const body = new SecretsWalk().clean(text);
  return body === text ? raw : { ...raw, encoding: 'utf8', body };
}

/** What may hold names of fields inside a text: an object, a list of objects, lists or texts, or a text that holds such. */
const JSON_START = /^\s*(?:[{[]\s*["{[]|")/;

/** Walks the strings of JSON texts: a name is a string that a colon follows. */
class SecretsWalk {
  /** By name as written; the objects of a list have the same ones. */
  readonly #kinds = new Map<string, NameKind>();

  clean(text: string): string {
    let kept = '';
    let copiedTo = 0;
    const replace = (from: number, to: number, by: string): void => {
      kept += text.slice(copiedTo, from) + by;
      copiedTo = to;
    };
    // Everything up to here belongs to a field that holds SIP addresses.
    let addressesTo = 0;
    let at = text.indexOf('"');
    while (at !== -1) {
      const end = skipString(text, at);
      // Cut off inside a text: what stood there cannot be known.
      if (end > text.length) return kept + text.slice(copiedTo, at + 1);
      const quoted = text.slice(at, end);
      const colon = skipSpace(text, end);
      let next = end;
      if (text[colon] !== ':') {
        const by = this.#cleanString(quoted, at < addressesTo);
        if (by !== quoted) replace(at, end, by);
      } else {
        next = skipSpace(text, colon + 1);
        const kind = this.#kindOf(quoted);
        if (kind === 'secret') {
          const valueEnd = skipValue(text, next);
          replace(next, valueEnd, 'null');
          next = valueEnd;
        } else if (kind === 'address' && next >= addressesTo) addressesTo = skipValue(text, next);
      }
      at = text.indexOf('"', next);
    }
    return kept + text.slice(copiedTo);
  }

  #kindOf(quoted: string): NameKind {
    let kind = this.#kinds.get(quoted);
    if (kind === undefined) {
      kind = kindOfName(textOf(quoted) ?? quoted);
      this.#kinds.set(quoted, kind);
    }
    return kind;
  }

  /** A string that is no name: JSON in it is cleaned, SIP addresses (`isAddress`: whatever has an `@`) lose the user's part. */
  #cleanString(quoted: string, isAddress: boolean): string {
    // Names inside a text stand in quotes, which are escaped.
    const text = /[\\@]/.test(quoted) ? textOf(quoted) : null;
    if (text === null) return quoted;
    const inner = JSON_START.test(text) ? this.clean(text) : text;
    const by = withoutUsers(inner, isAddress);
    return by === text ? quoted : JSON.stringify(by);
  }
}

/** A text whose SIP addresses (`isAddress`: whatever has an `@`) have lost the user's part. */
function withoutUsers(text: string, isAddress: boolean): string {
  return text.replace(/[^\s<>"]+/g, (run) => {
    const userEnd = run.lastIndexOf('@') + 1;
    const scheme = userEnd === 0 ? null : /sips?:/i.exec(run);
    // An address of another kind (https:) keeps its form: it is none of an adapter's.
    if (userEnd === 0 || (scheme === null && (!isAddress || /^[a-z][a-z0-9+.-]*:\/\//i.test(run)))) return run;
    const userAt = scheme === null || scheme.index >= userEnd ? 0 : scheme.index + scheme[0].length;
    return run.slice(0, userAt) + run.slice(userEnd);
  });
}

/** What a JSON string stands for; null where it is none. */
function textOf(quoted: string): string | null {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}
