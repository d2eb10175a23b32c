import fc from 'fast-check';
import { type RawBody, toRawBody } from '../../src/domain/raw-body.ts';
import type { Envelope } from '../../src/landing/contract.ts';

/** What must never be found in a key, a log or an error: a number, a name, a tag and a barcode of the sample page. */
export const CANARIES = ['+17735550123', 'Ada Lovelace', 'cardiology-ward-7', 'MRN-0042'] as const;

/** A landed page of faxes with personal data in it. */
export function sampleEnvelope(changes: Partial<Envelope> = {}): Envelope {
  const page = { success: true, message: 'Retrieved faxes successfully', data: CANARIES };
  return {
    version: 1,
    account: 'main',
    stream: 'faxes',
    dialect: 'v2.1',
    kind: 'slice',
    window: { after: Date.UTC(2026, 10, 1), before: Date.UTC(2026, 10, 2) },
    pass: 'head',
    observation: 42,
    requestedAt: Date.UTC(2026, 10, 3, 12),
    respondedAt: Date.UTC(2026, 10, 3, 12, 0, 1),
    subjectId: null,
    eventType: null,
    digest: null,
    bodies: [{ status: 200, encoding: 'utf8', body: JSON.stringify(page) }],
    ...changes,
  };
}

const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 0, 1) });
const maybeText = fc.option(fc.string({ unit: 'binary' }), { nil: null });
const body: fc.Arbitrary<RawBody> = fc.oneof(
  fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.option(fc.integer({ min: 100, max: 599 }), { nil: null }))
    .map(([bytes, status]) => toRawBody(bytes, status)),
  fc.string({ unit: 'binary' }).map((text): RawBody => ({ status: 200, encoding: 'utf8', body: text })),
);

/** Any envelope that may be landed, texts with NUL, lone surrogates and all of Unicode included. */
export const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  version: fc.constant(1 as const),
  account: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  stream: fc.constantFrom('faxes', 'phone_numbers', 'account_status', 'countries'),
  dialect: fc.constantFrom('v1', 'v2', 'v2.1'),
  kind: fc.constantFrom('slice', 'snapshot', 'lookup', 'callback'),
  window: fc.option(fc.record({ after: instant, before: instant }), { nil: null }),
  pass: maybeText,
  observation: fc.maxSafeNat(),
  requestedAt: instant,
  respondedAt: instant,
  subjectId: maybeText,
  eventType: maybeText,
  digest: maybeText,
  bodies: fc.array(body, { maxLength: 4 }),
});
