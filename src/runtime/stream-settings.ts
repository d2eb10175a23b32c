import type { Dialect } from '../landing/contract.ts';
import { accountStatus } from '../streams/account-status.ts';
import { faxes } from '../streams/faxes.ts';
import { LISTED_STREAMS, STREAMS } from '../streams/registry.ts';
import { streamState } from '../streams/stream-state.ts';
import type { SettingFaults } from './setting-faults.ts';
import { listValue } from './setting-values.ts';

const PATH_CHARS_MAX = 200;

/** Why a stream that exists is not taken by one of the settings. */
const DOCUMENTED = 'which the provider documents, so it need not be named';
const ALWAYS_PULLED = 'which is always pulled';

/** Without these there is no mirror: what is billed, and the one call that shows a dead key. */
const NEEDED: ReadonlySet<string> = new Set([faxes.name, accountStatus.name]);

/** What stands in one place of a list: `name` or `name=/path`. */
interface WrittenStream {
  readonly name: string;
  /** Null where none is written. */
  readonly path: string | null;
}

/** The streams that may be left out, in the order of the registry. */
function skippable(): string[] {
  return [...STREAMS.keys()].filter((name) => !NEEDED.has(name));
}

/** The path that is tried for a list which the provider does not document, by stream. */
function undocumented(): Map<string, string> {
  return new Map(
    LISTED_STREAMS.flatMap(({ name, listing: { undocumentedPath } }) =>
      undocumentedPath === undefined ? [] : [[name, undocumentedPath] as const],
    ),
  );
}

/**
 * Reads `addresses,detected_atas=/atas/found`, or a list of such texts: the path by stream, the stream's own where none is written.
 * Faults name streams that exist and places in the list, never what is written there: it may be a secret in the wrong variable.
 */
export function readUndocumentedStreams(
  settingName: string,
  written: unknown,
  version: Dialect,
  faults: SettingFaults,
): ReadonlyMap<string, string> {
  const own = undocumented();
  const paths = new Map<string, string>();
  for (const { name, path } of readStreams(settingName, written, [...own.keys()], DOCUMENTED, faults)) {
    const stream = LISTED_STREAMS.find((listed) => listed.name === name);
    if (stream !== undefined && streamState(stream, { dialect: version }) === 'not_in_version') {
      faults.add(
        settingName,
        `names ${name}, and version ${version} of the API has no ${name}: use v2.1, or leave it out`,
      );
    } else if (path !== null && !isPath(path)) {
      faults.add(
        settingName,
        `has a path for ${name} that cannot be asked for: write what follows the version, such as ${own.get(name)}, without host, query or dots`,
      );
    } else {
      paths.set(name, path ?? own.get(name) ?? '');
    }
  }
  return paths;
}

/** Reads names of streams that are not pulled. Faults as in {@link readUndocumentedStreams}. */
export function readSkippedStreams(settingName: string, written: unknown, faults: SettingFaults): readonly string[] {
  const names: string[] = [];
  for (const { name, path } of readStreams(settingName, written, skippable(), ALWAYS_PULLED, faults)) {
    if (path === null) names.push(name);
    else faults.add(settingName, `has a path for ${name}: write the name alone`);
  }
  return names;
}

/** The entries of a list that name one of `allowed`, each once; the others are faults. */
function readStreams(
  settingName: string,
  written: unknown,
  allowed: readonly string[],
  refusal: string,
  faults: SettingFaults,
): readonly WrittenStream[] {
  const read: WrittenStream[] = [];
  const texts = faults.read(listValue, settingName, written) ?? [];
  for (const [index, text] of texts.entries()) {
    const at = text.indexOf('=');
    const name = (at === -1 ? text : text.slice(0, at)).trim();
    const path = at === -1 ? null : text.slice(at + 1).trim();
    if (read.some((other) => other.name === name)) {
      faults.add(settingName, `names ${name} twice: write it once`);
    } else if (allowed.includes(name)) {
      read.push({ name, path });
    } else {
      const what = STREAMS.has(name) ? `${name}, ${refusal}` : `no stream in place ${index + 1}`;
      faults.add(settingName, `names ${what}: use only ${allowed.join(', ')}`);
    }
  }
  return read;
}

/** Segments of letters, digits and `_ ~ . -` that begin with none of the dots, so no host, query, fragment, escape or way up. */
function isPath(path: string): boolean {
  return (
    path.length <= PATH_CHARS_MAX &&
    /^(\/[A-Za-z0-9_-][A-Za-z0-9_~.-]*)+$/.test(path) &&
    !/^\/v\d+(\.\d+)?\//.test(path)
  );
}
