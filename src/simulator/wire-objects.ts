import type { Instant } from '../domain/time.ts';
import type {
  WireAddress,
  WireAta,
  WireBlockingRule,
  WireDetectedAta,
  WirePhaxCode,
  WirePortNumber,
  WirePortNumberNote,
  WirePortOrder,
} from '../phaxio/wire.ts';
import type { ShownPortNumber, ShownPortOrder } from './account-objects.ts';
import { type AtaPlan, type AtaState, registrationAt } from './atas.ts';
import { toCentralStamp } from './central-time.ts';
import { UNKNOWN_ATA_FIELD } from './object-oddities.ts';
import type { PhaxCode } from './phax-codes.ts';
import type { PortNote, PortNotePlan } from './port-lives.ts';
import type { Address, AddressPlan, BlockingRule, BlockingRulePlan } from './rules-and-addresses.ts';
import type { Shown } from './timeline.ts';

function stamp(instant: Instant | null): string | null {
  return instant === null ? null : toCentralStamp(instant);
}

/** A port order in v2.1. */
export function portOrderToV21({ plan, state, numbers }: ShownPortOrder): WirePortOrder {
  return {
    id: Number(plan.id),
    ...plan.details,
    status: state.status,
    quantity: plan.quantity,
    created_at: toCentralStamp(plan.createdAt),
    updated_at: toCentralStamp(state.updatedAt),
    completed_at: stamp(state.completedAt),
    requested_for: stamp(state.requestedFor),
    bill_received_at: stamp(state.billReceivedAt),
    port_numbers: numbers.map(portNumberToV21),
  };
}

/** A number of a port order in v2.1. */
export function portNumberToV21({ plan, state }: ShownPortNumber): WirePortNumber {
  return { id: Number(plan.id), port_number: plan.portNumber, status: state };
}

/** A note on such a number in v2.1. */
export function portNoteToV21({ plan, state }: Shown<PortNotePlan, PortNote>): WirePortNumberNote {
  return {
    id: Number(plan.id),
    note: state.note,
    author: state.author,
    created_at: toCentralStamp(state.createdAt),
    updated_at: toCentralStamp(state.updatedAt),
  };
}

/** An adapter in v2.1, as it is at an instant. */
export function ataToV21({ plan, state }: Shown<AtaPlan, AtaState>, at: Instant, withCredentials: boolean): WireAta {
  const registration = registrationAt(plan, at);
  return {
    id: Number(plan.id),
    name: state.name,
    description: state.description,
    user_phone_number: state.userPhoneNumber,
    domain: state.domain,
    last_registered: stamp(registration?.lastRegisteredAt ?? null),
    expiry_time: stamp(registration?.expiresAt ?? null),
    user_agent: registration?.userAgent ?? null,
    sip_uri: registration === null ? null : `sip:${state.username}@${registration.host}`,
    mac_address: state.macAddress,
    group: state.group,
    ...(plan.isOdd ? { [UNKNOWN_ATA_FIELD.name]: UNKNOWN_ATA_FIELD.value } : {}),
    ...(withCredentials ? { username: state.username, password: state.password } : {}),
  };
}

/** A detected adapter, in the words of its documented object. */
export function detectedAtaToV21(macAddress: string, userAgent: string, lastSeenAt: Instant): WireDetectedAta {
  return { mac_address: macAddress, user_agent: userAgent, last_seen: toCentralStamp(lastSeenAt) };
}

/** A blocking rule in v2.1. */
export function blockingRuleToV21({ plan, state }: Shown<BlockingRulePlan, BlockingRule>): WireBlockingRule {
  const { to, from, direction, isLocked } = state;
  return { id: Number(plan.id), to, from, direction, is_locked: isLocked };
}

/** An address, in the words of its documented object. */
export function addressToV21({ plan, state }: Shown<AddressPlan, Address>): WireAddress {
  return { id: Number(plan.id), ...state };
}

/** A PhaxCode in v2.1; one without metadata has no such member, as recorded. */
export function phaxCodeToV21({ identifier, createdAt, metadata }: PhaxCode): WirePhaxCode {
  return { identifier, created_at: toCentralStamp(createdAt), ...(metadata === null ? {} : { metadata }) };
}

/** `+13182258808` as the answers about an adapter's numbers write it: `+1 318-225-8808`. Other countries keep their form. */
export function spacedNumber(phoneNumber: string): string {
  return phoneNumber.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1-$2-$3');
}
