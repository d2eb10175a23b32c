import type { Instant } from '../../src/domain/time.ts';
import type { Dialect, Envelope, LandedKind, TimeWindow } from '../../src/landing/contract.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { STREAMS } from '../../src/streams/registry.ts';
import { prepareLoad } from '../../src/streams/stream.ts';
import type { PreparedLoad } from '../../src/warehouse/load-object.ts';

/** What a test says of one landed object; the rest has defaults. */
export interface LandedSpec {
  readonly observation: number;
  readonly at: Instant;
  readonly kind?: LandedKind;
  readonly stream?: string;
  readonly window?: TimeWindow | null;
  readonly subjectId?: string | null;
  readonly account?: string;
  readonly status?: number;
  readonly dialect?: Dialect;
}

/** An envelope around one answer with this `data`. */
export function envelopeOf(spec: LandedSpec, data: unknown): Envelope {
  const answer = JSON.stringify({ success: true, message: 'ok', data });
  return envelopeOfText(spec, spec.kind === 'callback' ? JSON.stringify({ fax: JSON.stringify(data) }) : answer);
}

/** An envelope around one body as it came, be it readable or not. */
export function envelopeOfText(spec: LandedSpec, body: string): Envelope {
  const kind = spec.kind ?? 'slice';
  return {
    version: 1,
    account: spec.account ?? 'main',
    stream: spec.stream ?? 'faxes',
    dialect: spec.dialect ?? 'v2.1',
    kind,
    window: spec.window ?? null,
    pass: kind === 'callback' ? null : 'head',
    observation: spec.observation,
    requestedAt: spec.at,
    respondedAt: spec.at + 200,
    subjectId: spec.subjectId ?? null,
    eventType: kind === 'callback' ? 'fax_completed' : null,
    digest: null,
    bodies: [{ status: kind === 'callback' ? null : (spec.status ?? 200), body, encoding: 'utf8' }],
  };
}

/** The same, decoded and ready to load under a key made of its observation number. */
export function preparedOf(spec: LandedSpec, data: unknown): PreparedLoad {
  const envelope = envelopeOf(spec, data);
  const stream = STREAMS.get(envelope.stream);
  if (stream === undefined) throw new Error(`no stream ${envelope.stream}`);
  return prepareLoad(stream, `test/${envelope.observation}`, envelope, { v1Zone: 'America/Chicago' });
}

/** Options of a load in tests: no pauses, no luck. */
export const TEST_LOAD = { billingZone: 'America/Chicago', random: () => 0.5, sleep: async () => {} };

/** A v2.1 sent fax in progress; override what the test is about. */
export function wireFax(id: number, createdAt: string, over: Partial<WireFaxV2> = {}): WireFaxV2 {
  return {
    id,
    direction: 'sent',
    num_pages: 1,
    status: 'inprogress',
    is_test: false,
    created_at: createdAt,
    caller_id: null,
    from_number: null,
    completed_at: null,
    caller_name: null,
    cost: 7,
    tags: {},
    recipients: [
      {
        phone_number: '+14145550123',
        status: 'callactive',
        retry_count: 0,
        completed_at: null,
        bitrate: null,
        resolution: null,
        error_type: null,
        error_id: null,
        error_message: null,
      },
    ],
    to_number: null,
    error_id: null,
    error_type: null,
    error_message: null,
    barcodes: [],
    ...over,
  };
}
