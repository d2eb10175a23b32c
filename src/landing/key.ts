import { createHash } from 'node:crypto';
import { assertInvariant } from '../domain/errors.ts';
import type { Envelope, LandedKind } from './contract.ts';

/** Digits of an observation number in a key: as many as the largest safe integer has, so keys sort as text. */
const OBSERVATION_DIGITS = 16;
/** Leading digits that name the folder: a thousand observations share one. */
const FOLDER_DIGITS = 13;
const HASH_DIGITS = 12;

const ACCOUNT = '[a-z0-9][a-z0-9-]{0,62}';
const STREAM = '[a-z][a-z0-9_]{0,62}';
const KINDS = 'slice|snapshot|lookup|callback';
const KEY_PATTERN = new RegExp(
  `^(${ACCOUNT})/([0-9]{${FOLDER_DIGITS}})/([0-9]{${OBSERVATION_DIGITS}})\\.(${STREAM})\\.(${KINDS})\\.([0-9a-f]{${HASH_DIGITS}})\\.json\\.gz$`,
);
const ACCOUNT_PATTERN = new RegExp(`^${ACCOUNT}$`);
const STREAM_PATTERN = new RegExp(`^${STREAM}$`);

/** What a key says about its object. */
export interface LandingKeyParts {
  readonly account: string;
  /** First digits of the observation number: `<account>/<folder>/` holds a thousand of them. */
  readonly folder: string;
  readonly observation: number;
  readonly stream: string;
  readonly kind: LandedKind;
}

/**
 * The key of an envelope:
 * `<account>/<first 13 digits>/<observation, 16 digits>.<stream>.<kind>.<12 hex digits of SHA-256 of the envelope's JSON>.json.gz`.
 * Sorts by observation as text; the same envelope always has the same key, on every machine (the hash is taken before
 * compression, whose bytes differ between builds of zlib). Holds an account's key and a stream's name, nothing of the content.
 * @throws {InvariantError} for an account, stream or observation that cannot be part of a key.
 */
export function landingKey(
  envelope: Pick<Envelope, 'account' | 'observation' | 'stream' | 'kind'>,
  json: Uint8Array,
): string {
  const { account, observation, stream, kind } = envelope;
  assertInvariant(
    isAccountKey(account),
    'the account of an envelope is not a key of lowercase letters, digits and dashes',
  );
  assertInvariant(STREAM_PATTERN.test(stream), 'the stream of an envelope is not a name of lowercase letters', {
    account,
  });
  assertInvariant(
    Number.isSafeInteger(observation) && observation >= 0,
    'the observation number of an envelope is not a whole number',
    { account, stream },
  );
  const digits = String(observation).padStart(OBSERVATION_DIGITS, '0');
  const hash = createHash('sha256').update(json).digest('hex').slice(0, HASH_DIGITS);
  return `${account}/${digits.slice(0, FOLDER_DIGITS)}/${digits}.${stream}.${kind}.${hash}.json.gz`;
}

/** Reads a key; null for any other text, so foreign files and leftovers in a landing zone are passed over. */
export function parseLandingKey(key: string): LandingKeyParts | null {
  const match = KEY_PATTERN.exec(key);
  if (match === null) return null;
  const [, account = '', folder = '', digits = '', stream = '', kind = ''] = match;
  const observation = Number(digits);
  if (!digits.startsWith(folder) || !Number.isSafeInteger(observation)) return null;
  return { account, folder, observation, stream, kind: kind as LandedKind };
}

/** Whether a text can be an account's key: what the settings accept and keys are built from. */
export function isAccountKey(text: string): boolean {
  return ACCOUNT_PATTERN.test(text);
}
