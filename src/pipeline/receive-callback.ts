import type { Clock } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { Log, LogKeys } from '../domain/log.ts';
import type { Instant } from '../domain/time.ts';
import type { Envelope, LandingZone } from '../landing/contract.ts';
import { type CallbackContent, readCallback } from '../phaxio/callback-fields.ts';
import { FormError, readForm } from '../phaxio/multipart.ts';
import { isSignatureShaped, type SignedContent, signedUrlCandidates, verifyCallback } from '../phaxio/signature.ts';
import type { StateStore } from '../state/contract.ts';

/** How long a callback's digest is remembered: the provider repeats for 73 hours, and someone may replay for longer. */
export const DIGEST_TTL_MS = 8 * 24 * 60 * 60 * 1000;

/** What an account's owner agreed on with the provider. */
export interface CallbackSettings {
  /** The account's key. */
  readonly account: string;
  /** Callback tokens; two while one is being replaced. Without any, every callback for the account is refused. */
  readonly tokens: readonly string[];
  /** The public URL exactly as given to the provider, query and credentials included. Never taken from a request. */
  readonly url: string;
}

/** What receiving needs of the outside. */
export interface CallbackPorts {
  readonly clock: Clock;
  readonly state: Pick<StateStore, 'hasDigest' | 'rememberDigest' | 'nextObservation'>;
  readonly landing: Pick<LandingZone, 'put'>;
  readonly log: Log;
}

/** One HTTP request to the callback URL. */
export interface CallbackRequest {
  readonly contentType: string | null | undefined;
  /** The `X-Phaxio-Signature` header. */
  readonly signature: string | null | undefined;
  readonly body: Uint8Array;
}

/**
 * What became of a callback.
 * - `stored`: its object is durable. `repeated`: its digest is remembered, nothing was done.
 * - `not_configured`: no token, so nothing can be trusted. `unsigned`: no readable signature. `forged`: none of the tokens made it.
 * - `malformed`: no form. `too_large`: over a limit. `refused`: signed, yet not of the documented form.
 * - `unavailable`: the landing zone or the state store failed; the provider will try again.
 */
export type CallbackOutcome =
  | 'stored'
  | 'repeated'
  | 'not_configured'
  | 'unsigned'
  | 'forged'
  | 'malformed'
  | 'too_large'
  | 'refused'
  | 'unavailable';

const STATUS_OF: Readonly<Record<CallbackOutcome, number>> = {
  stored: 200,
  repeated: 200,
  not_configured: 401,
  unsigned: 401,
  forged: 401,
  malformed: 400,
  too_large: 413,
  refused: 400,
  unavailable: 503,
};

/** The answer to a callback and what to count about it. */
export interface CallbackResult {
  readonly outcome: CallbackOutcome;
  /** The account whose token and URL the signature fits; null when it fits none. */
  readonly account: string | null;
  /** HTTP status: anything but 2xx makes the provider try again, 16 times in 73 hours. */
  readonly status: number;
  /** Our own word for what was wrong; null when nothing was. */
  readonly reason: string | null;
  /** Which of the tokens signed it; null when none did. Shows when an old token is out of use. */
  readonly tokenIndex: number | null;
  /** True for an event type the documentation does not name; stored all the same. */
  readonly isUnknownEvent: boolean;
  /** Where it was stored; null when it was not. */
  readonly landedKey: string | null;
}

/**
 * Takes one callback: checks its signature before anything else is believed, stores it as one object, then answers.
 * Total for everything a sender can do; a repeated callback (same fields and files) changes nothing.
 * Which of the accounts it is for is told by the signature alone.
 *
 * The digest is remembered only after the object is durable: a crash in between costs a second object, which the
 * loader finds unchanged; the other order would lose the callback.
 * @throws only defects of our own, which the function's caller answers with 500: the provider tries again.
 */
export async function receiveCallback(
  request: CallbackRequest,
  accounts: readonly CallbackSettings[],
  ports: CallbackPorts,
): Promise<CallbackResult> {
  const result = await take(request, accounts, ports);
  const keys: LogKeys = {
    account: result.account,
    stream: 'faxes',
    kind: 'callback',
    code: result.outcome,
    reason: result.reason,
    http_status: result.status,
    byte_count: request.body.byteLength,
    landed_key: result.landedKey,
  };
  if (result.status === 200) ports.log.info('callback taken', keys);
  else ports.log.warn('callback not taken', keys);
  return result;
}

async function take(
  request: CallbackRequest,
  accounts: readonly CallbackSettings[],
  ports: CallbackPorts,
): Promise<CallbackResult> {
  const receivedAt = ports.clock.now();
  if (!accounts.some(({ tokens }) => tokens.some((token) => token !== ''))) {
    return ending('not_configured', 'no_callback_token');
  }
  if (!isSignatureShaped(request.signature)) return ending('unsigned', 'no_readable_signature');

  let form: SignedContent;
  try {
    form = await readForm(request.body, request.contentType);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    return ending(error.code === 'form_too_large' ? 'too_large' : 'malformed', String(error.context['fault']));
  }

  const signer = findSigner(request.signature, form, accounts);
  if (signer === null) return ending('forged', 'signature_differs');
  const read = readCallback(form);
  if (read.kind === 'refused') return { ...ending('refused', read.reason), ...signer };

  const about = { ...signer, isUnknownEvent: read.content.isKnownEvent === false };
  try {
    return { ...(await store(read.content, receivedAt, signer.account, ports)), ...about };
  } catch (error) {
    if (!(error instanceof FaxsyncError)) throw error;
    ports.log.error('callback not stored', error, { account: signer.account, code: error.code });
    return { ...ending('unavailable', error.code), ...about };
  }
}

function findSigner(
  signature: string,
  content: SignedContent,
  accounts: readonly CallbackSettings[],
): { readonly account: string; readonly tokenIndex: number } | null {
  for (const { account, tokens, url } of accounts) {
    const tokenIndex = verifyCallback({ signature, tokens, urls: signedUrlCandidates(url), content });
    if (tokenIndex !== null) return { account, tokenIndex };
  }
  return null;
}

async function store(
  content: CallbackContent,
  receivedAt: Instant,
  account: string,
  { clock, state, landing, log }: CallbackPorts,
): Promise<CallbackResult> {
  if (await state.hasDigest(account, content.digest, receivedAt)) return ending('repeated', null);
  const envelope: Envelope = {
    version: 1,
    account,
    stream: 'faxes',
    dialect: content.dialect,
    kind: 'callback',
    window: null,
    pass: null,
    observation: await state.nextObservation(account),
    requestedAt: receivedAt,
    respondedAt: receivedAt,
    subjectId: content.faxId,
    eventType: content.eventType,
    digest: content.digest,
    bodies: [{ status: null, body: content.body, encoding: 'utf8' }],
  };
  const { key } = await landing.put(envelope);
  try {
    await state.rememberDigest(account, content.digest, DIGEST_TTL_MS, clock.now());
  } catch (error) {
    // It is stored, so it counts as taken; a repetition will only be stored once more.
    if (!(error instanceof FaxsyncError)) throw error;
    log.warn('callback digest not remembered', { account, landed_key: key }, error);
  }
  return { ...ending('stored', null), landedKey: key };
}

function ending(outcome: CallbackOutcome, reason: string | null): CallbackResult {
  return {
    outcome,
    account: null,
    status: STATUS_OF[outcome],
    reason,
    tokenIndex: null,
    isUnknownEvent: false,
    landedKey: null,
  };
}
