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
import type { ShownPortOrder } from './account-objects.ts';
import { type AtaPlan, type AtaState, registrationAt } from './atas.ts';
import { toCentralStamp } from './central-time.ts';
import { UNKNOWN_ATA_FIELD } from './object-oddities.ts';
import type { PhaxCode } from './phax-codes.ts';
import type { PortNote } from './port-lives.ts';
import type { Address, BlockingRule } from './rules-and-addresses.ts';

function stamp(instant: Instant | null): string | null {
  return instant === null ? null : toCentralStamp(instant);
}

/** A port order in v2.1. */
export function portOrderToV21({ plan, state, numbers }: ShownPortOrder): WirePortOrder {
  const { details } = plan;
  const zip = details.billingZip;
  return {
    id: Number(plan.id),
    contact_number: details.contactNumber,
    contact_email: details.contactEmail,
    name_on_account: details.nameOnAccount,
    account_identifier: details.accountIdentifier,
    name_of_business: details.nameOfBusiness,
    provider_name: details.providerName,
    port_out_pin: details.portOutPin,
    port_type: details.portType,
    billing_number: details.billingNumber,
    billing_address1: details.billingAddress1,
    billing_address2: details.billingAddress2,
    billing_city: details.billingCity,
    billing_state: details.billingState,
    billing_zip: details.isZipNumeric && zip !== null ? Number(zip) : zip,
    esig: details.esig,
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
export function portNumberToV21({ plan, status }: ShownPortOrder['numbers'][number]): WirePortNumber {
  return { id: Number(plan.id), port_number: plan.portNumber, status };
}

/** A note on such a number in v2.1. */
export function portNoteToV21(id: string, note: PortNote): WirePortNumberNote {
  return {
    id: Number(id),
    note: note.note,
    author: note.author,
    created_at: toCentralStamp(note.createdAt),
    updated_at: toCentralStamp(note.updatedAt),
  };
}

/** An adapter in v2.1, as it is at an instant. */
export function ataToV21(plan: AtaPlan, state: AtaState, at: Instant, withCredentials: boolean): WireAta {
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
export function blockingRuleToV21(id: string, rule: BlockingRule): WireBlockingRule {
  return { id: Number(id), to: rule.to, from: rule.from, direction: rule.direction, is_locked: rule.isLocked };
}

/** An address, in the words of its documented object. */
export function addressToV21(id: string, address: Address): WireAddress {
  return {
    id: Number(id),
    end_subscriber_type: address.endSubscriberType,
    company_name: address.companyName,
    first_name: address.firstName,
    last_name: address.lastName,
    phone_number: address.phoneNumber,
    email_address: address.emailAddress,
    vat_number: address.vatNumber,
    street: address.street,
    street_number: address.streetNumber,
    residence: address.residence,
    floor: address.floor,
    box: address.box,
    postal_code: address.postalCode,
    city: address.city,
    state: address.state,
    country: address.country,
    service_usage: address.serviceUsage,
  };
}

/** A PhaxCode in v2.1; one without metadata has no such member, as recorded. */
export function phaxCodeToV21({ identifier, createdAt, metadata }: PhaxCode): WirePhaxCode {
  return { identifier, created_at: toCentralStamp(createdAt), ...(metadata === null ? {} : { metadata }) };
}

/** `+13182258808` as the answers about an adapter's numbers write it: `+1 318-225-8808`. Other countries keep their form. */
export function spacedNumber(phoneNumber: string): string {
  return phoneNumber.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1-$2-$3');
}
