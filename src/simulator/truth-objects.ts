import type { Instant } from '../domain/time.ts';
import type { AccountObjects, ObjectStream, ShownPortNumber, ShownPortOrder } from './account-objects.ts';
import { type AtaPlan, type AtaState, registrationAt } from './atas.ts';
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
import type { PortNote, PortNotePlan, PortNumberPlan } from './port-lives.ts';
import type { PortOrderPlan } from './ports.ts';
import type { BlockingRule, BlockingRulePlan } from './rules-and-addresses.ts';
import { latestOf, type Shown, shownAt } from './timeline.ts';

/** A row of the warehouse by column: ids as decimal text, instants in ms, `extra` as JSON text with sorted names. */
export type TruthRow = Readonly<Record<string, string | number | boolean | null>>;

function portOrderRow({ plan, state, numbers }: ShownPortOrder): TruthRow {
  const { port_out_pin: _secret, billing_zip: zip, ...details } = plan.details;
  return {
    port_order_id: plan.id,
    ...details,
    // What was lost on the way is lost to a mirror as well.
    billing_zip: zip === null ? null : String(zip),
    is_billing_zip_numeric: zip === null ? null : typeof zip === 'number',
    status: state.status,
    quantity: plan.quantity,
    number_count: numbers.length,
    created_at: plan.createdAt,
    updated_at: state.updatedAt,
    requested_for: state.requestedFor,
    completed_at: state.completedAt,
    bill_received_at: state.billReceivedAt,
    extra: null,
  };
}

function ataRow({ plan, state }: Shown<AtaPlan, AtaState>, at: Instant): TruthRow {
  const registration = registrationAt(plan, at);
  return {
    ata_id: plan.id,
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
    extra: plan.isOdd ? JSON.stringify({ [UNKNOWN_ATA_FIELD.name]: UNKNOWN_ATA_FIELD.value }) : null,
  };
}

function ruleRow({ plan, state }: Shown<BlockingRulePlan, BlockingRule>): TruthRow {
  return {
    blocking_rule_id: plan.id,
    direction: state.direction,
    from_rule: state.from,
    to_rule: state.to,
    is_locked: state.isLocked,
    extra: null,
  };
}

function numberRow(order: PortOrderPlan, { plan, state }: ShownPortNumber): TruthRow {
  return {
    port_number_id: plan.id,
    port_order_id: order.id,
    port_number: plan.portNumber,
    status: state,
    extra: null,
  };
}

function noteRow(number: PortNumberPlan, { plan, state }: Shown<PortNotePlan, PortNote>): TruthRow {
  return {
    port_number_id: number.id,
    note_id: plan.id,
    note: state.note,
    author: state.author,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    extra: null,
  };
}

function rowsAt(objects: AccountObjects, stream: ObjectStream, at: Instant): Array<readonly [string, TruthRow]> {
  switch (stream) {
    case 'port_orders':
      return objects.ordersAt(at).map((order) => [order.plan.id, portOrderRow(order)]);
    case 'port_numbers':
      return objects
        .ordersAt(at)
        .flatMap(({ plan, numbers }) => numbers.map((number) => [number.plan.id, numberRow(plan, number)] as const));
    case 'port_number_notes':
      return objects
        .ordersAt(at)
        .flatMap(({ numbers }) => numbers)
        .flatMap(({ plan }) =>
          shownAt(plan.notes, at).map((note) => [`${plan.id}|${note.plan.id}`, noteRow(plan, note)] as const),
        );
    case 'atas':
      return shownAt(objects.atas.plans, at).map((ata) => [ata.plan.id, ataRow(ata, at)]);
    case 'detected_atas':
      return shownAt(objects.detectedAtas, at).map(({ plan, state }) => {
        const { macAddress: mac_address, sightings } = plan;
        return [
          mac_address,
          { mac_address, user_agent: state.userAgent, last_seen_at: latestOf(sightings, at), extra: null },
        ];
      });
    case 'blocking_rules':
      return shownAt(objects.rules.plans, at).map((rule) => [rule.plan.id, ruleRow(rule)]);
    case 'addresses':
      return shownAt(objects.addresses, at).map(({ plan, state }) => [
        plan.id,
        { address_id: plan.id, ...state, extra: null },
      ]);
    case 'phax_codes':
      return objects.codes
        .listedAt(at)
        .map(({ identifier, metadata, createdAt }) => [
          identifier,
          { identifier, metadata, created_at: createdAt, extra: null },
        ]);
  }
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
  if (orders.some(({ plan }) => typeof plan.details.billing_zip === 'number')) oddities.push(NUMERIC_ZIP);
  if (orders.some(({ numbers }) => numbers.some(({ state }) => state === UNKNOWN_PORT_STATUS))) {
    oddities.push(PORT_STATUS_ODDITY);
  }
  if (shownAt(objects.atas.plans, at).some(({ plan }) => plan.isOdd)) oddities.push(ATA_FIELD_ODDITY);
  if (shownAt(objects.rules.plans, at).some(({ state }) => state.direction === UNKNOWN_RULE_DIRECTION)) {
    oddities.push(RULE_DIRECTION_ODDITY);
  }
  return oddities;
}
