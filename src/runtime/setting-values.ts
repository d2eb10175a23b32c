import * as v from 'valibot';
import { parseZonedText } from '../domain/time.ts';
import { PROVIDER_URL_DEFAULT } from '../phaxio/provider-account.ts';
import type { LogLevel } from './logger.ts';
import { Secret } from './secret.ts';

/** Most calls a second a setting may ask for; the provider's own limit is about 1. */
const REQUESTS_PER_SECOND_MAX = 100;

/**
 * The forms of the single values, for variables and for the accounts file. Every message completes "<name> ..." with what is
 * wrong and what to write instead; none repeats the value, which may be a secret.
 */

/** A key of an account: stands in paths, tables and logs. */
export const accountKeyValue = v.pipe(
  v.string('is not text'),
  v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an account key: use lowercase letters, digits and dashes, at most 63'),
);

/** A version of the provider's API. */
export const apiVersionValue = v.picklist(['v1', 'v2', 'v2.1'], 'is not a version: write v1, v2 or v2.1');

/** A name of a time zone. */
export const zoneValue = v.pipe(
  v.string('is not text'),
  v.check(isZone, 'is not a time zone: write an IANA name such as America/Chicago'),
);

/** A day of the calendar. */
export const dayValue = v.pipe(
  v.string('is not text'),
  v.check(
    (day) => parseZonedText(`${day} 00:00:00`, 'UTC') !== null,
    'is not a day since 2000: write it as 2024-01-31',
  ),
);

/** Calls a second. */
export const requestsPerSecondValue = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^[0-9]+(\.[0-9]+)?$/), v.transform(Number))], rateFault()),
  v.check((rate) => rate > 0 && rate <= REQUESTS_PER_SECOND_MAX, rateFault()),
);

function rateFault(): string {
  return `is not a number above 0 and up to ${REQUESTS_PER_SECOND_MAX}: write 1 unless the provider granted more`;
}

/** Where the provider is: without version, credentials, query; plain http only where nobody can listen in. */
export const providerUrlValue = v.pipe(
  v.string('is not text'),
  v.check(
    isPlainUrl,
    `is not a URL of scheme and host only: write ${PROVIDER_URL_DEFAULT}, without version, user or query`,
  ),
  v.check(
    (text) => !isPlainUrl(text) || new URL(text).protocol === 'https:' || isLoopback(new URL(text)),
    'would send the API key in clear: use https (http is for a simulator on this machine only)',
  ),
  v.transform((text) => text.replace(/\/+$/, '')),
);

/** The callback URL, kept letter by letter since it is signed. It may hold a user and password. */
export const callbackUrlValue = v.pipe(
  v.string('is not text'),
  v.check(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'is not a URL: write the one given to the provider, letter by letter',
  ),
  v.transform((text) => new Secret(text)),
);

/** A text to be kept from all eyes. */
export const secretValue = v.pipe(
  v.string('is not text'),
  v.check((text) => text.trim() !== '', 'is empty: set it or remove it'),
  v.transform((text) => new Secret(text)),
);

/** Texts with a comma between, or a list; empty ones do not count, and there may be none. */
export const listValue = v.pipe(
  v.union(
    [
      v.pipe(
        v.string(),
        v.transform((text) => text.split(',')),
      ),
      v.array(v.string()),
    ],
    'is not a list of texts: write them with a comma between',
  ),
  v.transform((texts) => texts.map((text) => text.trim()).filter((text) => text !== '')),
);

/** Tokens with a comma between, or a list; empty ones do not count. */
export const tokensValue = v.pipe(
  listValue,
  v.check((tokens) => tokens.length > 0, 'has no token in it: write one, or two with a comma between'),
  v.transform((tokens) => tokens.map((token) => new Secret(token))),
);

/** The warehouse's URL. */
export const databaseUrlValue = v.pipe(
  v.string('is not text'),
  v.check(
    (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
    'is not a database URL: write postgres://user:password@host:5432/database',
  ),
  v.transform((text) => new Secret(text)),
);

/** How the functions log in: as the URL says, with a fresh IAM token, or by a URL kept in Secrets Manager. */
export type DatabaseAuth = 'password' | 'iam' | 'secret';

/** How the functions log in to the warehouse. */
export const databaseAuthValue = v.picklist(
  ['password', 'iam', 'secret'],
  'is not a way to log in: write password, iam or secret',
);

/** What the names of all secrets of a deployment begin with. */
export const secretsPrefixValue = v.pipe(
  v.string('is not text'),
  v.regex(
    /^[A-Za-z0-9_+=.@-]+(\/[A-Za-z0-9_+=.@-]+)*$/,
    'is not the beginning of a name in Secrets Manager: write letters, digits and /_+=.@-, without a slash at the end',
  ),
);

/** Where landed objects are kept. */
export type LandingPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

const S3_PLACE = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.*'()/-]*))?$/;

/** A folder, or a bucket with a prefix. */
export const landingValue = v.pipe(
  v.string('is not text'),
  v.check(
    (text) => S3_PLACE.test(text) || !/^[a-z0-9]+:\/\//i.test(text),
    'is not a place for landed objects: write a folder, or s3://bucket/prefix with a valid bucket name',
  ),
  v.transform((text): LandingPlace => {
    const match = S3_PLACE.exec(text);
    if (match === null) return { kind: 'folder', path: text };
    return { kind: 's3', bucket: match[1] ?? '', prefix: (match[2] ?? '').replace(/^\/+|\/+$/g, '') };
  }),
);

/** Where state is kept. */
export type StatePlace = { readonly kind: 'postgres' } | { readonly kind: 'dynamodb'; readonly table: string };

const STATE_PLACE = /^(?:postgres|dynamodb:([A-Za-z0-9_.-]{3,255}))$/;

/** Postgres, or a table of DynamoDB. */
export const stateValue = v.pipe(
  v.string('is not text'),
  v.regex(STATE_PLACE, 'is not a place for state: write postgres, or dynamodb:<table>'),
  v.transform((text): StatePlace => {
    const table = STATE_PLACE.exec(text)?.[1];
    return table === undefined ? { kind: 'postgres' } : { kind: 'dynamodb', table };
  }),
);

/** The URL of a queue of SQS. Plain http only for an emulator on this machine. */
export const queueUrlValue = v.pipe(
  v.string('is not text'),
  v.regex(
    /^(https:\/\/[a-z0-9.-]+|http:\/\/([a-z0-9.-]+\.)?(localhost|127\.0\.0\.1)(:\d+)?)\/\d{12}\/[A-Za-z0-9_-]{1,80}$/,
    'is not the URL of a queue: copy it from the outputs of the stack, https://sqs.<region>.amazonaws.com/<account>/<queue>',
  ),
);

/** The longest that SQS keeps a message: 14 days. */
const GRACE_SECONDS_MAX = 1_209_600;

/** How old a landed object must be before the audit takes it for lost, in seconds; comes out in ms. */
export const auditGraceValue = v.pipe(
  v.string('is not text'),
  v.regex(/^\d{1,7}$/, graceFault()),
  v.transform(Number),
  v.check((seconds) => seconds >= 1 && seconds <= GRACE_SECONDS_MAX, graceFault()),
  v.transform((seconds) => seconds * 1_000),
);

function graceFault(): string {
  return `is not a number of seconds from 1 to ${GRACE_SECONDS_MAX}: write how long the load queue tries a message, receives times visibility`;
}

const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'];

/** A level of the log, in any case. */
export const logLevelValue = v.pipe(
  v.string('is not text'),
  v.toUpperCase(),
  v.picklist(LEVELS, `is not a level: write one of ${LEVELS.join(', ')}`),
);

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    // Offsets such as +05:00 are taken by JavaScript, but mean something else to Postgres.
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && !text.includes('?') && !text.includes('#');
  return isBare && /^https?:$/.test(url.protocol) && !/\/v[0-9.]+\/*$/.test(url.pathname);
}

/** Whether the host is this machine itself. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}
