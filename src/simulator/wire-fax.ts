import type { FaxBarcode, FaxRecipient } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import type {
  WireBarcode,
  WireFaxV1,
  WireFaxV2,
  WirePhoneCall,
  WireRecipientV1,
  WireRecipientV2,
} from '../phaxio/wire.ts';
import { toCentralStamp } from './central-time.ts';
import type { Face, HttpSwitches } from './http-options.ts';
import { callsAt, type FaxPlan, faxAt, type PlannedCall, type RecipientPlan } from './plan.ts';

function stamp(instant: Instant | null): string | null {
  return instant === null ? null : toCentralStamp(instant);
}

function unix(instant: Instant): number {
  return Math.floor(instant / 1000);
}

/** `+14145551234` as v1's documents write it: `4145551234`. Numbers of other countries keep their form. */
export function toV1Number(phoneNumber: string, form: HttpSwitches['v1Numbers']): string {
  return form === '10-digit' && /^\+1\d{10}$/.test(phoneNumber) ? phoneNumber.slice(2) : phoneNumber;
}

/** A decimal id as a JSON number, whatever its size: ids above 2^53 must not pass through a JavaScript number. */
function rawId(faxId: string): number {
  const id = Number(faxId);
  if (Number.isSafeInteger(id)) return id;
  // The declared library does not know JSON.rawJSON yet; Node does, and JSON.stringify writes what it holds as it is.
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(faxId) as number;
}

/** A call as it is at an instant: while it lasts it shows the recipient's status and no duration. */
function wireCall(call: PlannedCall, at: Instant, recipientStatus: string | null): WirePhoneCall {
  const hasEnded = call.endedAt <= at;
  const error = hasEnded ? call.error : null;
  return {
    duration: hasEnded ? Math.round((call.endedAt - call.startedAt) / 1000) : 0,
    status: hasEnded ? call.status : (recipientStatus ?? 'ringing'),
    completed_at: hasEnded ? stamp(call.endedAt) : null,
    error_type: error?.type ?? null,
    error_id: error?.id ?? null,
    error_message: error?.message ?? null,
  };
}

function recipientV2(
  recipient: FaxRecipient,
  plan: RecipientPlan | undefined,
  at: Instant,
  withCalls: boolean,
): WireRecipientV2 {
  return {
    phone_number: recipient.phoneNumber ?? '',
    status: recipient.status,
    retry_count: recipient.retryCount ?? 0,
    completed_at: stamp(recipient.completedAt),
    bitrate: recipient.bitrate,
    resolution: recipient.resolution,
    error_type: recipient.errorType,
    error_id: recipient.errorId,
    error_message: recipient.errorMessage,
    ...(withCalls && plan !== undefined
      ? { phone_calls: callsAt(plan, at).map((call) => wireCall(call, at, recipient.status)) }
      : {}),
  };
}

function barcodeV21(barcode: FaxBarcode): WireBarcode {
  return {
    type: barcode.type ?? '',
    page: barcode.page ?? 1,
    ...(barcode.value === null ? {} : { value: barcode.value }),
    ...(barcode.identifier === null ? {} : { identifier: barcode.identifier }),
    ...(barcode.metadata === null ? {} : { metadata: barcode.metadata }),
  };
}

/** A fax in v2 or v2.1 as it is at an instant. */
export function faxToV2(plan: FaxPlan, at: Instant, face: 'v2' | 'v2.1', switches: HttpSwitches): WireFaxV2 {
  const fax = faxAt(plan, at);
  const is21 = face === 'v2.1';
  const none = is21 && switches.v21ReceivedRecipients === 'empty' ? [] : null;
  return {
    id: rawId(fax.faxId),
    direction: plan.direction,
    num_pages: fax.numPages ?? 0,
    status: fax.status ?? '',
    is_test: plan.isTest,
    created_at: toCentralStamp(plan.createdAt),
    caller_id: fax.callerId,
    from_number: fax.fromNumber,
    completed_at: stamp(fax.completedAt),
    ...(is21 || switches.v2CallerName ? { caller_name: fax.callerName } : {}),
    cost: fax.costCents ?? 0,
    tags: fax.tags,
    recipients:
      fax.recipients?.map((recipient, index) =>
        recipientV2(recipient, plan.recipients?.[index], at, is21 && switches.phoneCalls),
      ) ?? none,
    to_number: fax.toNumber,
    error_id: fax.errorId,
    error_type: fax.errorType,
    error_message: fax.errorMessage,
    ...(is21 ? { barcodes: (fax.barcodes ?? []).map(barcodeV21) } : {}),
  };
}

function recipientV1(recipient: FaxRecipient, switches: HttpSwitches): WireRecipientV1 {
  const rate = (value: number): string => (switches.v1TextBitrates ? String(value) : (value as unknown as string));
  return {
    number: toV1Number(recipient.phoneNumber ?? '', switches.v1Numbers),
    ...(recipient.status === null ? {} : { status: recipient.status }),
    ...(switches.v1NewFields ? { retry_count: recipient.retryCount ?? 0 } : {}),
    ...(recipient.bitrate === null ? {} : { bitrate: rate(recipient.bitrate) }),
    ...(recipient.resolution === null ? {} : { resolution: rate(recipient.resolution) }),
    ...(recipient.completedAt === null ? {} : { completed_at: unix(recipient.completedAt) }),
    ...(recipient.errorId === null || !switches.v1NewFields ? {} : { error_id: recipient.errorId }),
    ...(recipient.errorType === null ? {} : { error_type: recipient.errorType }),
    ...(recipient.errorMessage === null ? {} : { error_code: recipient.errorMessage }),
  };
}

/** A fax in v1 as it is at an instant: what is not known is not there. */
export function faxToV1(plan: FaxPlan, at: Instant, switches: HttpSwitches): WireFaxV1 {
  const fax = faxAt(plan, at);
  const number = (value: string): string => toV1Number(value, switches.v1Numbers);
  return {
    id: rawId(fax.faxId),
    num_pages: fax.numPages ?? 0,
    cost: fax.costCents ?? 0,
    direction: plan.direction,
    status: fax.status ?? '',
    is_test: plan.isTest,
    requested_at: unix(plan.createdAt),
    ...(fax.completedAt === null ? {} : { completed_at: unix(fax.completedAt) }),
    ...(fax.fromNumber === null ? {} : { from_number: number(fax.fromNumber) }),
    ...(fax.toNumber === null ? {} : { to_number: number(fax.toNumber) }),
    // The sample shows caller ids in E.164 beside 10-digit numbers.
    ...(fax.callerId === null ? {} : { caller_id: fax.callerId }),
    ...(fax.recipients === null ? {} : { recipients: fax.recipients.map((one) => recipientV1(one, switches)) }),
    ...(Object.keys(fax.tags).length === 0 ? {} : { tags: fax.tags }),
    ...(fax.errorId === null || !switches.v1NewFields ? {} : { error_id: fax.errorId }),
    ...(fax.errorType === null ? {} : { error_type: fax.errorType }),
    ...(fax.errorMessage === null ? {} : { error_code: fax.errorMessage }),
  };
}

/** A fax in any dialect, with what is unusual about it on purpose. */
export function wireFax(plan: FaxPlan, at: Instant, face: Face, switches: HttpSwitches): object {
  const wire = face === 'v1' ? faxToV1(plan, at, switches) : faxToV2(plan, at, face, switches);
  switch (plan.oddity) {
    case 'cost_as_text':
      return { ...wire, cost: String(wire.cost) };
    case 'missing_id': {
      const { id: _id, ...rest } = wire;
      return rest;
    }
    case 'unknown_field':
      return { ...wire, ...faxAt(plan, at).extra };
    default:
      return wire;
  }
}
