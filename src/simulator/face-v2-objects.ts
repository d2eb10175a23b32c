import type { Instant } from '../domain/time.ts';
import type { AtaPlan } from './atas.ts';
import { parseFilterTime } from './central-time.ts';
import type { FaceContext } from './face-context.ts';
import { type ApiRequest, errorReply, listParam, notFound, type Reply, toE164 } from './http-message.ts';
import type { AtaWish } from './object-commands.ts';
import type { PortOrderDetails } from './ports.ts';
import { latestOf, shownAt } from './timeline.ts';
import { done, slicedReply } from './v2-replies.ts';
import {
  addressToV21,
  ataToV21,
  blockingRuleToV21,
  detectedAtaToV21,
  phaxCodeToV21,
  portNoteToV21,
  portNumberToV21,
  portOrderToV21,
  spacedNumber,
} from './wire-objects.ts';

function textParam(request: ApiRequest, name: string): string | null {
  const text = request.params.get(name);
  return text === null || text === '' ? null : text;
}

function phoneParam(request: ApiRequest, name: string): string | null {
  const text = textParam(request, name);
  return text === null ? null : (toE164(text) ?? text);
}

function listPortOrders(request: ApiRequest, context: FaceContext): Reply {
  const { switches, world, asOf } = context;
  const bounds: Record<string, Instant> = {};
  for (const name of ['created_after', 'created_before']) {
    const text = textParam(request, name);
    if (text === null) continue;
    const instant = parseFilterTime(text, switches.zonelessFilterZone);
    if (instant === null) return errorReply(422, `${name} is not a valid timestamp`);
    bounds[name] = instant;
  }
  // Unlike those of faxes, these bounds have no default: a bare list was recorded with an order of any age.
  const after = (bounds['created_after'] ?? Number.NEGATIVE_INFINITY) + (switches.inclusiveAfter ? 0 : 1);
  const before = (bounds['created_before'] ?? Number.POSITIVE_INFINITY) - (switches.inclusiveBefore ? 0 : 1);
  const rows = world.objects
    .ordersAt(asOf)
    .filter(({ plan }) => plan.createdAt >= after && plan.createdAt <= before)
    .reverse()
    .map(portOrderToV21);
  return slicedReply('Retrieved port orders successfully', rows, request, switches.countCap);
}

function createPortOrder(request: ApiRequest, context: FaceContext): Reply {
  const portNumbers: string[] = [];
  for (const text of listParam(request.params, 'port_numbers')) {
    const number = toE164(text);
    if (number === null) return errorReply(422, 'Port number is not a valid phone number');
    portNumbers.push(number);
  }
  if (portNumbers.length === 0) return errorReply(422, 'You must specify at least one port number');
  const text = (name: string): string | null => textParam(request, name);
  const details: PortOrderDetails = {
    contact_number: phoneParam(request, 'contact_number'),
    contact_email: text('contact_email'),
    name_on_account: text('name_on_account'),
    account_identifier: text('account_identifier'),
    name_of_business: text('name_of_business'),
    provider_name: text('provider_name'),
    port_out_pin: text('port_out_pin'),
    port_type: text('port_type'),
    billing_number: phoneParam(request, 'billing_number'),
    billing_address1: text('billing_address1'),
    billing_address2: text('billing_address2'),
    billing_city: text('billing_city'),
    billing_state: text('billing_state'),
    billing_zip: text('billing_zip'),
    esig: text('esig'),
  };
  const plan = context.commands.objects.createPortOrder(details, portNumbers, context.now);
  const shown = context.world.objects.ordersAt(context.now).find((order) => order.plan === plan);
  return shown === undefined ? notFound() : done('Port order created', portOrderToV21(shown));
}

function answerPortOrders(request: ApiRequest, context: FaceContext): Reply {
  const [, id, ...rest] = request.path;
  if (rest.length > 0) return notFound();
  if (id === undefined) {
    if (request.method === 'GET') return listPortOrders(request, context);
    return request.method === 'POST' ? createPortOrder(request, context) : notFound();
  }
  const order = context.world.objects.ordersAt(context.asOf).find(({ plan }) => plan.id === id);
  if (order === undefined || request.method !== 'GET') return notFound();
  return done('Retrieved port order', portOrderToV21(order));
}

function answerPortNumbers(request: ApiRequest, context: FaceContext): Reply {
  const [, id = '', part, ...rest] = request.path;
  const number = context.world.objects.portNumberAt(id, context.asOf);
  if (number === null || request.method !== 'GET' || rest.length > 0) return notFound();
  if (part === undefined) return done('Retrieved port number', portNumberToV21(number));
  if (part !== 'notes') return notFound();
  return done('Retrieved port number notes', shownAt(number.plan.notes, context.asOf).map(portNoteToV21));
}

function ataReply(message: string, plan: AtaPlan | null, at: Instant, withCredentials: boolean): Reply {
  const state = plan?.life.at(at) ?? null;
  return plan === null || state === null ? notFound() : done(message, ataToV21({ plan, state }, at, withCredentials));
}

function listAtas(request: ApiRequest, context: FaceContext): Reply {
  const { asOf, switches } = context;
  const rows = shownAt(context.world.objects.atas.plans, asOf).map((ata) =>
    ataToV21(ata, asOf, switches.atasShowCredentials),
  );
  return slicedReply('Retrieved ATAs successfully', rows, request, switches.countCap);
}

function listDetectedAtas(request: ApiRequest, context: FaceContext): Reply {
  const { asOf, switches } = context;
  const rows = shownAt(context.world.objects.detectedAtas, asOf).flatMap(({ plan, state }) => {
    const lastSeenAt = latestOf(plan.sightings, asOf);
    return lastSeenAt === null ? [] : [detectedAtaToV21(plan.macAddress, state.userAgent, lastSeenAt)];
  });
  return slicedReply('Retrieved detected ATAs successfully', rows, request, switches.countCap);
}

/** What a request says of an adapter; what it does not name is left out. */
function ataWishOf(request: ApiRequest): Partial<AtaWish> {
  const names = {
    name: 'name',
    description: 'description',
    domain: 'domain',
    mac_address: 'macAddress',
    group: 'group',
  };
  const wish: Record<string, string | null> = {};
  for (const [name, key] of Object.entries(names)) {
    if (request.params.has(name)) wish[key] = textParam(request, name);
  }
  if (request.params.has('user_phone_number')) wish['userPhoneNumber'] = phoneParam(request, 'user_phone_number');
  return wish;
}

function createAta(request: ApiRequest, context: FaceContext): Reply {
  const wish = ataWishOf(request);
  if (wish.name == null) return errorReply(422, 'You must specify a name');
  const none = { name: null, description: null, domain: null, macAddress: null, userPhoneNumber: null, group: null };
  const plan = context.commands.objects.createAta({ ...none, ...wish }, context.now);
  return ataReply('ATA created successfully', plan, context.now, true);
}

/** The provider's words for makers of adapters; the URLs are ours and hold no secret. */
function provisioningUrls(request: ApiRequest): Reply {
  const group = textParam(request, 'group');
  const query = group === null ? '' : `?group=${encodeURIComponent(group)}`;
  const urls = Object.fromEntries(
    ['Grandstream', 'OBi', 'Netgen'].map((maker) => [
      maker,
      `https://provisioning.example.com/${maker.toLowerCase()}${query}`,
    ]),
  );
  return done('Retrieved provisioning URLs', urls);
}

function ataNumber(request: ApiRequest, context: FaceContext, id: string, text: string): Reply {
  const number = toE164(text.replace(/^ /, '+')) ?? text;
  const { objects } = context.commands;
  const data = { phone_number: spacedNumber(number) };
  if (request.method === 'POST') {
    return objects.addAtaNumber(id, number, context.now) ? done('Phone number added to ATA', data) : notFound();
  }
  if (request.method !== 'DELETE') return notFound();
  return objects.removeAtaNumber(id, number, context.now) ? done('Phone number removed from ATA', data) : notFound();
}

function answerAtas(request: ApiRequest, context: FaceContext): Reply {
  const [, part, ...rest] = request.path;
  if (part === undefined) {
    if (request.method === 'GET') return listAtas(request, context);
    return request.method === 'POST' ? createAta(request, context) : notFound();
  }
  if (/^\d+$/.test(part)) return answerAta(request, context, part, rest);
  if (request.method !== 'GET' || rest.length > 0) return notFound();
  if (part === 'provisioning_urls') return provisioningUrls(request);
  return part === 'detected' && context.switches.undocumentedEndpoints
    ? listDetectedAtas(request, context)
    : notFound();
}

/** Answers what is asked of one adapter; `path` is what follows its id. */
function answerAta(request: ApiRequest, context: FaceContext, id: string, path: readonly string[]): Reply {
  const [part, number, ...rest] = path;
  const { asOf, now } = context;
  const { objects } = context.commands;
  if (part === 'phone_numbers' && number !== undefined && rest.length === 0) {
    return ataNumber(request, context, id, number);
  }
  if (part === 'regenerate_credentials' && number === undefined && request.method === 'PATCH') {
    return ataReply('ATA credentials regenerated', objects.regenerateCredentials(id, now), now, true);
  }
  if (part !== undefined) return notFound();
  switch (request.method) {
    case 'GET': {
      const withCredentials = request.params.get('with_credentials') === 'true';
      return ataReply('Metadata for ATA', context.world.objects.atas.find(id, asOf), asOf, withCredentials);
    }
    case 'PATCH':
      return ataReply('ATA updated successfully', objects.updateAta(id, ataWishOf(request), now), now, false);
    case 'DELETE':
      return objects.deleteAta(id, now) ? done('ATA deleted successfully', { id: Number(id) }) : notFound();
    default:
      return notFound();
  }
}

function answerBlockingRules(request: ApiRequest, context: FaceContext): Reply {
  const [, part, ...rest] = request.path;
  const { asOf, now } = context;
  const { objects } = context.commands;
  if (rest.length > 0) return notFound();
  if (request.method === 'GET' && part === undefined) {
    const rows = shownAt(context.world.objects.rules.plans, asOf).map(blockingRuleToV21);
    return slicedReply('Retrieved blocking rules successfully', rows, request, context.switches.countCap);
  }
  if (request.method === 'POST' && (part === 'send' || part === 'receive')) {
    const [from, to] = [ruleParam(request, 'from'), ruleParam(request, 'to')];
    if (from === null || to === null) return errorReply(422, 'from and to must be *, a country or a phone number');
    const plan = objects.createBlockingRule(part, from, to, now);
    const state = plan.life.at(now);
    return state === null ? notFound() : done('Blocking rule created successfully', blockingRuleToV21({ plan, state }));
  }
  if (request.method !== 'DELETE' || part === undefined) return notFound();
  const outcome = objects.deleteBlockingRule(part, now);
  if (outcome === 'unknown') return notFound();
  return outcome === 'done'
    ? done('Blocking rule deleted successfully', { id: Number(part) })
    : errorReply(422, 'This rule is locked');
}

function ruleParam(request: ApiRequest, name: string): string | null {
  const text = textParam(request, name) ?? '*';
  return text === '*' || /^[A-Z]{2}$/.test(text) ? text : toE164(text);
}

function listAddresses(request: ApiRequest, context: FaceContext): Reply {
  const rows = shownAt(context.world.objects.addresses, context.asOf).map(addressToV21);
  return slicedReply('Retrieved addresses successfully', rows, request, context.switches.countCap);
}

function answerPhaxCodes(request: ApiRequest, context: FaceContext): Reply {
  const [, identifier, ...rest] = request.path;
  if (rest.length > 0) return notFound();
  if (request.method === 'POST' && identifier === undefined) {
    const code = context.commands.objects.createPhaxCode(textParam(request, 'metadata'), context.now);
    return done('PhaxCode generated', { identifier: code.identifier });
  }
  if (request.method !== 'GET' || identifier === undefined) return notFound();
  const code = context.world.objects.codes.find(identifier, context.asOf);
  return code === null ? notFound() : done('Info for PhaxCode', phaxCodeToV21(code));
}

/** Answers what only v2.1 has: ports, ATAs, blocking rules, addresses and PhaxCodes. */
export function answerV21Objects(request: ApiRequest, context: FaceContext): Reply {
  switch (request.path[0]) {
    case 'port_orders':
      return answerPortOrders(request, context);
    case 'port_numbers':
      return answerPortNumbers(request, context);
    case 'atas':
      return answerAtas(request, context);
    case 'blocking_rules':
      return answerBlockingRules(request, context);
    case 'addresses': {
      const isList = request.method === 'GET' && request.path.length === 1;
      return isList && context.switches.undocumentedEndpoints ? listAddresses(request, context) : notFound();
    }
    case 'phax_codes':
      return answerPhaxCodes(request, context);
    default:
      return notFound();
  }
}
