import type { Instant } from '../domain/time.ts';
import type { AccountObjects, ObjectStream, ShownPortOrder } from './account-objects.ts';
import { type AtaState, type Registration, registrationAt } from './atas.ts';
import {
  ATA_FIELD_ODDITY,
  NUMERIC_ZIP,
  type ObjectOddity,
  PORT_STATUS_ODDITY,
  RULE_DIRECTION_ODDITY,
  UNKNOWN_ATA_FIELD,
  UNKNOWN_PORT_STATUS,
  UNKNOWN_RULE_DIRECTION,
} from './object-oddities.ts';
import type { Address, BlockingRule } from './rules-and-addresses.ts';
import { latestOf } from './timeline.ts';

/** A row of the warehouse by column: ids as decimal text, instants in ms, `extra` as JSON text with sorted names. */
export type TruthRow = Readonly<Record<string, string | number | boolean | null>>;

function portOrderRow({ plan, state, numbers }: ShownPortOrder): TruthRow {
  const { details } = plan;
  const zip = details.billingZip;
  return {
    port_order_id: plan.id,
    status: state.status,
    port_type: details.portType,
    quantity: plan.quantity,
    number_count: numbers.length,
    created_at: plan.createdAt,
    updated_at: state.updatedAt,
    requested_for: state.requestedFor,
    completed_at: state.completedAt,
    bill_received_at: state.billReceivedAt,
    provider_name: details.providerName,
    account_identifier: details.accountIdentifier,
    name_on_account: details.nameOnAccount,
    name_of_business: details.nameOfBusiness,
    contact_number: details.contactNumber,
    contact_email: details.contactEmail,
    billing_number: details.billingNumber,
    billing_address1: details.billingAddress1,
    billing_address2: details.billingAddress2,
    billing_city: details.billingCity,
    billing_state: details.billingState,
    // What was lost on the way is lost to a mirror as well.
    billing_zip: zip === null || !details.isZipNumeric ? zip : zip.replace(/^0+(?=.)/, ''),
    is_billing_zip_numeric: zip === null ? null : details.isZipNumeric,
    esig: details.esig,
    extra: null,
  };
}

function ataRow(id: string, state: AtaState, registration: Registration | null, isOdd: boolean): TruthRow {
  return {
    ata_id: id,
    name: state.name,
    description: state.description,
    user_phone_number: state.userPhoneNumber,
    domain: state.domain,
    mac_address: state.macAddress,
    last_registered_at: registration?.lastRegisteredAt ?? null,
    expires_at: registration?.expiresAt ?? null,
    user_agent: registration?.userAgent ?? null,
    sip_uri: registration === null ? null : `sip:${registration.host}`,
    group_name: state.group,
    extra: isOdd ? JSON.stringify({ [UNKNOWN_ATA_FIELD.name]: UNKNOWN_ATA_FIELD.value }) : null,
  };
}

function ruleRow(id: string, rule: BlockingRule): TruthRow {
  return {
    blocking_rule_id: id,
    direction: rule.direction,
    from_rule: rule.from,
    to_rule: rule.to,
    is_locked: rule.isLocked,
    extra: null,
  };
}

function addressRow(id: string, address: Address): TruthRow {
  return {
    address_id: id,
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
    extra: null,
  };
}

function rowsAt(objects: AccountObjects, stream: ObjectStream, at: Instant): Array<readonly [string, TruthRow]> {
  switch (stream) {
    case 'port_orders':
      return objects.ordersAt(at).map((order) => [order.plan.id, portOrderRow(order)]);
    case 'port_numbers':
      return objects.ordersAt(at).flatMap((order) =>
        order.numbers.map(({ plan, status }) => {
          const { id, portNumber } = plan;
          const row = {
            port_number_id: id,
            port_order_id: order.plan.id,
            port_number: portNumber,
            status,
            extra: null,
          };
          return [id, row] as const;
        }),
      );
    case 'port_number_notes':
      return objects.ordersAt(at).flatMap((order) => order.numbers.flatMap(({ plan }) => noteRows(plan, at)));
    case 'atas':
      return objects.atas.plans.flatMap((plan) => {
        const state = plan.life.at(at);
        return state === null ? [] : [[plan.id, ataRow(plan.id, state, registrationAt(plan, at), plan.isOdd)] as const];
      });
    case 'detected_atas':
      return objects.detectedAtas.flatMap(({ macAddress, life, sightings }) => {
        const state = life.at(at);
        if (state === null) return [];
        const last_seen_at = latestOf(sightings, at);
        return [
          [macAddress, { mac_address: macAddress, user_agent: state.userAgent, last_seen_at, extra: null }] as const,
        ];
      });
    case 'blocking_rules':
      return objects.rules.plans.flatMap(({ id, life }) => {
        const rule = life.at(at);
        return rule === null ? [] : [[id, ruleRow(id, rule)] as const];
      });
    case 'addresses':
      return objects.addresses.flatMap(({ id, life }) => {
        const address = life.at(at);
        return address === null ? [] : [[id, addressRow(id, address)] as const];
      });
    case 'phax_codes':
      return objects.codes
        .listedAt(at)
        .map(({ identifier, metadata, createdAt }) => [
          identifier,
          { identifier, metadata, created_at: createdAt, extra: null },
        ]);
  }
}

function noteRows(number: ShownPortOrder['numbers'][number]['plan'], at: Instant): Array<readonly [string, TruthRow]> {
  return number.notes.flatMap(({ id, life }) => {
    const shown = life.at(at);
    if (shown === null) return [];
    const row = {
      port_number_id: number.id,
      note_id: id,
      note: shown.note,
      author: shown.author,
      created_at: shown.createdAt,
      updated_at: shown.updatedAt,
      extra: null,
    };
    return [[`${number.id}|${id}`, row] as const];
  });
}

/** What a mirror must hold of one list at an instant, by key without the account. */
export function objectRowsAt(
  objects: AccountObjects,
  stream: ObjectStream,
  at: Instant,
): ReadonlyMap<string, TruthRow> {
  return new Map(rowsAt(objects, stream, at));
}

/** The unusual words, fields and types that the account's objects show at an instant. */
export function objectOdditiesAt(objects: AccountObjects, at: Instant): ObjectOddity[] {
  const orders = objects.ordersAt(at);
  const oddities: ObjectOddity[] = [];
  if (orders.some(({ plan }) => plan.details.isZipNumeric)) oddities.push(NUMERIC_ZIP);
  if (orders.some(({ numbers }) => numbers.some(({ status }) => status === UNKNOWN_PORT_STATUS))) {
    oddities.push(PORT_STATUS_ODDITY);
  }
  if (objects.atas.plans.some(({ life, isOdd }) => isOdd && life.at(at) !== null)) oddities.push(ATA_FIELD_ODDITY);
  if (objects.rules.plans.some(({ life }) => life.at(at)?.direction === UNKNOWN_RULE_DIRECTION)) {
    oddities.push(RULE_DIRECTION_ODDITY);
  }
  return oddities;
}
