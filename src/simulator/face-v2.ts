import type { Instant } from '../domain/time.ts';
import { parseFilterTime } from './central-time.ts';
import { cancelTimeoutMs, TEST_NUMBER } from './commands.ts';
import { documentOf, THUMBNAIL } from './documents.ts';
import { type FaceContext, LIST_DEFAULT_MS } from './face-context.ts';
import { answerV21Objects } from './face-v2-objects.ts';
import {
  type ApiRequest,
  errorReply,
  jsonReply,
  listParam,
  notFound,
  type Reply,
  tagParams,
  toE164,
  wholeParam,
} from './http-message.ts';
import { isHeldAt } from './numbers.ts';
import { AREA_CODES } from './places.ts';
import { done, pagedReply, pageOf, slicedReply } from './v2-replies.ts';
import { accountToV2, areaCodeToV2, countryToV2, numberToV2 } from './wire-account.ts';
import { wireFax } from './wire-fax.ts';

type V2Face = 'v2' | 'v2.1';

function listFaxes(request: ApiRequest, context: FaceContext, face: V2Face): Reply {
  const { params } = request;
  const { switches } = context;
  const bounds: { after: Instant; before: Instant } = { after: context.now - LIST_DEFAULT_MS, before: context.now };
  for (const [name, key] of [
    ['created_after', 'after'],
    ['created_before', 'before'],
  ] as const) {
    const text = params.get(name);
    if (text === null || text === '') continue;
    const instant = parseFilterTime(text, switches.zonelessFilterZone);
    if (instant === null) return errorReply(422, `${name} is not a valid timestamp`);
    bounds[key] = instant;
  }
  const phoneNumber = params.get('phone_number');
  const page = pageOf(request);
  const { plans, total } = context.world.list(
    {
      ...bounds,
      inclusive: { after: switches.inclusiveAfter, before: switches.inclusiveBefore },
      direction: params.get('direction'),
      status: params.get('status'),
      phoneNumbers: phoneNumber === null ? null : new Set([phoneNumber.replace(/^ /, '+')]),
      tags: tagParams(params),
      order: 'descending',
      offset: page.offset,
      limit: page.perPage,
    },
    context.asOf,
  );
  const data = plans.map((plan) => wireFax(plan, context.asOf, face, switches));
  return pagedReply('Retrieved faxes successfully', data, total, page, switches.countCap);
}

function createFax(request: ApiRequest, context: FaceContext): Reply {
  const { params } = request;
  if (params.get('direction') === 'received') return receiveTestFax(request, context);
  const to: string[] = [];
  for (const text of listParam(params, 'to')) {
    const number = toE164(text);
    if (number === null) return errorReply(422, 'Recipient is not a valid phone number');
    to.push(number);
  }
  if (to.length === 0) return errorReply(422, 'You must specify at least one recipient');
  const hasFile = request.files.some((file) => /^file(\[\])?$/.test(file.name));
  if (!hasFile && listParam(params, 'content_url').length === 0) {
    return errorReply(422, 'You must specify a file or a content URL');
  }
  const tags = tagParams(params);
  if (tags.length > 10) return errorReply(422, 'At most 10 tags may be specified');
  const batchDelay = wholeParam(params, 'batch_delay');
  const timeout = wholeParam(params, 'cancel_timeout');
  const callerId = params.get('caller_id');
  const outcome = context.commands.send(
    {
      to,
      isTest: context.isTestKey,
      tags: Object.fromEntries(tags),
      callerId: callerId === null ? null : toE164(callerId),
      callbackUrl: params.get('callback_url'),
      batchDelayMs: batchDelay === null ? null : Math.min(batchDelay, 3600) * 1000,
      cancelTimeoutMs: timeout === null ? null : cancelTimeoutMs(timeout),
      testFail: params.get('test_fail'),
    },
    context.now,
  );
  const data = { id: Number(outcome.id) };
  if (outcome.refused !== null) return jsonReply(422, { success: false, message: outcome.refused, data });
  return done('Fax queued for sending', data);
}

function receiveTestFax(request: ApiRequest, context: FaceContext): Reply {
  if (!context.isTestKey) return errorReply(422, 'Faxes can only be received this way with test keys');
  const from = toE164(request.params.get('from_number') ?? TEST_NUMBER) ?? TEST_NUMBER;
  const to = toE164(request.params.get('to_number') ?? TEST_NUMBER) ?? TEST_NUMBER;
  context.commands.receive(from, to, context.now);
  return done(`Test fax received from ${from} to ${to}.  Calling back now...`);
}

function faxFile(request: ApiRequest, context: FaceContext, id: string): Reply {
  const plan = context.world.find(id, context.now);
  if (plan === null) return notFound();
  if (request.method === 'DELETE') {
    context.commands.deleteFiles(id, context.now);
    return done('Deleted files successfully!');
  }
  if (plan.filesDeletedAt !== null && plan.filesDeletedAt <= context.now) return notFound();
  const isThumbnail = ['s', 'l'].includes(request.params.get('thumbnail') ?? '');
  const name = `fax-${id}.${isThumbnail ? 'png' : 'pdf'}`;
  return {
    status: 200,
    headers: {
      'content-type': isThumbnail ? 'image/png' : 'application/pdf',
      'content-disposition': `attachment; filename="${name}"`,
    },
    body: isThumbnail ? THUMBNAIL : documentOf(id, plan.pages),
  };
}

function oneFax(request: ApiRequest, context: FaceContext, face: V2Face, id: string): Reply {
  const action = `${request.method} ${request.path[2] ?? ''}`.trim();
  const { commands, now } = context;
  switch (action) {
    case 'GET': {
      const asOf = context.asOf - context.switches.lookupLagMs;
      const plan = context.world.find(id, context.asOf);
      if (plan === null) return notFound();
      // A look-up that lags still knows the fax: it shows its first state at worst.
      const data = wireFax(plan, Math.max(asOf, plan.createdAt), face, context.switches);
      return done('Metadata for fax', data);
    }
    case 'DELETE': {
      const outcome = commands.deleteFax(id, now);
      if (outcome === 'unknown') return notFound();
      return outcome === 'done'
        ? done('Deleted fax successfully!')
        : errorReply(422, 'Only test faxes can be deleted; delete the files of this fax instead');
    }
    case 'POST cancel': {
      const outcome = commands.cancel(id, now);
      if (outcome === 'unknown') return notFound();
      return outcome === 'done'
        ? done('Fax cancellation scheduled successfully.', { id: Number(id) })
        : errorReply(422, "Can't cancel the fax, it's already complete!");
    }
    case 'POST resend': {
      const resent = commands.resend(id, request.params.get('callback_url'), now);
      return resent === null ? notFound() : done('Fax queued for resending', { id: Number(resent) });
    }
    case 'GET file':
    case 'DELETE file':
      return faxFile(request, context, id);
    default:
      return notFound();
  }
}

function listNumbers(request: ApiRequest, context: FaceContext, face: V2Face): Reply {
  const countryCode = request.params.get('country_code');
  const areaCode = request.params.get('area_code');
  if (areaCode !== null && countryCode === null) return errorReply(422, 'area_code requires country_code');
  const rows = context.world
    .numbersAt(context.asOf)
    .filter((number) => countryCode === null || number.phoneNumber.startsWith(`+${countryCode}`))
    .filter((number) => areaCode === null || number.phoneNumber.startsWith(`+${countryCode}${areaCode}`))
    .map((number) => numberToV2(number, face));
  return slicedReply('Retrieved user phone numbers successfully', rows, request, context.switches.countCap);
}

function provisionNumber(request: ApiRequest, context: FaceContext, face: V2Face): Reply {
  const areaCode = wholeParam(request.params, 'area_code');
  if (areaCode === null || wholeParam(request.params, 'country_code') === null) {
    return errorReply(422, 'country_code and area_code are required');
  }
  const plan = context.commands.provision(areaCode, request.params.get('callback_url'), context.now);
  if (plan === null) return errorReply(422, 'No numbers are available in this area code');
  const number = context.world.numberAt(plan, context.now);
  return done('Number provisioned successfully!', numberToV2(number, face));
}

function oneNumber(request: ApiRequest, context: FaceContext, face: V2Face, text: string): Reply {
  const number = toE164(text.replace(/^ /, '+')) ?? text;
  if (request.method === 'DELETE') {
    const outcome = context.commands.release(number, context.now);
    return outcome === 'done' ? done('Number released successfully!') : notFound();
  }
  const plan = context.world.numbers.find(
    (candidate) => candidate.phoneNumber === number && isHeldAt(candidate, context.asOf),
  );
  if (plan === undefined) return notFound();
  const found = context.world.numberAt(plan, context.asOf);
  return done('Retrieved user phone numbers successfully', numberToV2(found, face));
}

function listAreaCodes(request: ApiRequest, context: FaceContext): Reply {
  const { params } = request;
  const state = params.get('state');
  const countryCode = wholeParam(params, 'country_code');
  const alpha2 = params.get('country');
  if (state !== null && countryCode === null && alpha2 === null) return errorReply(422, 'state requires a country');
  const tollFree = params.get('toll_free');
  const rows = AREA_CODES.filter(
    (row) =>
      (tollFree === null || row.tollFree === (tollFree === 'true')) &&
      (countryCode === null || row.countryCode === countryCode) &&
      (alpha2 === null || row.alpha2 === alpha2) &&
      (state === null || row.state === state),
  );
  const message = 'Data contains found available area codes';
  return slicedReply(message, rows.map(areaCodeToV2), request, context.switches.countCap);
}

/** Whether an endpoint of v2 and v2.1 answers without keys. */
export function isPublicV2(path: readonly string[]): boolean {
  return path[0] === 'public';
}

/** Answers a request to `/v2/...` or `/v2.1/...`. */
export function answerV2(request: ApiRequest, context: FaceContext, face: V2Face): Reply {
  const [room = '', key] = request.path;
  const isGet = request.method === 'GET';
  if (room === 'faxes') {
    if (key !== undefined) return oneFax(request, context, face, key);
    if (isGet) return listFaxes(request, context, face);
    return request.method === 'POST' ? createFax(request, context) : notFound();
  }
  if (room === 'phone_numbers') {
    if (key !== undefined) return oneNumber(request, context, face, key);
    if (isGet) return listNumbers(request, context, face);
    return request.method === 'POST' ? provisionNumber(request, context, face) : notFound();
  }
  if (face === 'v2.1' && room !== 'account' && room !== 'public') return answerV21Objects(request, context);
  if (!isGet) return notFound();
  switch (`${room}/${key ?? ''}`) {
    case 'account/status':
      return done('Account status retrieved successfully', accountToV2(context.world.accountAt(context.asOf)));
    case 'public/countries': {
      const rows = context.world.countriesAt(context.asOf).map(countryToV2);
      return slicedReply('Data contains countries info', rows, request, context.switches.countCap);
    }
    case 'public/area_codes':
      return listAreaCodes(request, context);
    default:
      return notFound();
  }
}
