import type { WirePagingV1 } from '../phaxio/wire.ts';
import { cancelTimeoutMs, TEST_NUMBER } from './commands.ts';
import { documentOf, THUMBNAIL } from './documents.ts';
import { type FaceContext, LIST_DEFAULT_MS, PAGE_ROWS_MAX, pageParam } from './face-context.ts';
import { type ApiRequest, jsonReply, listParam, type Reply, tagParams, toE164, wholeParam } from './http-message.ts';
import { numberAt } from './numbers.ts';
import { AREA_CODES } from './places.ts';
import { accountToV1, areaCodesToV1, countriesToV1, numberToV1 } from './wire-account.ts';
import { wireFax } from './wire-fax.ts';

type Operation = (request: ApiRequest, context: FaceContext) => Reply;

function done(message: string, rest: object = {}): Reply {
  return jsonReply(200, { success: true, message, ...rest });
}

/** Failures of v1 other than bad keys come with HTTP 200 (inferred from its clients). */
function failed(message: string, rest: object = {}): Reply {
  return jsonReply(200, { success: false, message, ...rest });
}

function faxList(request: ApiRequest, context: FaceContext): Reply {
  const { params } = request;
  const { switches, now } = context;
  const start = wholeParam(params, 'start');
  const end = wholeParam(params, 'end');
  const number = params.get('number');
  const perPage = pageParam(wholeParam(params, 'maxperpage'), switches.v1DefaultPageSize, PAGE_ROWS_MAX);
  const page = pageParam(wholeParam(params, 'page'), 1, Number.MAX_SAFE_INTEGER);
  const { plans, total } = context.world.list(
    {
      after: start === null ? now - LIST_DEFAULT_MS : start * 1000,
      before: end === null ? now : end * 1000,
      inclusive: { after: switches.inclusiveAfter, before: switches.inclusiveBefore },
      direction: null,
      status: params.get('status'),
      phoneNumbers: number === null ? null : new Set([number.replace(/^ /, '+'), toE164(number) ?? number]),
      tags: tagParams(params),
      order: 'ascending',
      offset: (page - 1) * perPage,
      limit: perPage,
    },
    context.asOf,
  );
  const paging: WirePagingV1 = {
    max_per_page: perPage,
    page,
    total_pages: Math.ceil(total / perPage),
    total_results: total,
  };
  const data = plans.map((plan) => wireFax(plan, context.asOf, 'v1', switches));
  return done('Retrieved faxes successfully', { paging, data });
}

function faxStatus(request: ApiRequest, context: FaceContext): Reply {
  const plan = context.world.find(request.params.get('id') ?? '', context.asOf);
  if (plan === null) return failed('No fax found with that id.');
  const at = Math.max(context.asOf - context.switches.lookupLagMs, plan.createdAt);
  return done('Retrieved fax successfully', { data: wireFax(plan, at, 'v1', context.switches) });
}

function faxFile(request: ApiRequest, context: FaceContext): Reply {
  const id = request.params.get('id') ?? '';
  const plan = context.world.find(id, context.now);
  if (plan === null || (plan.filesDeletedAt !== null && plan.filesDeletedAt <= context.now)) {
    // The body of this 404 is not JSON (inferred from the oldest client).
    return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from('Not found') };
  }
  const isThumbnail = ['s', 'l'].includes(request.params.get('type') ?? 'p');
  return {
    status: 200,
    headers: { 'content-type': isThumbnail ? 'image/png' : 'application/pdf' },
    body: isThumbnail ? THUMBNAIL : documentOf(id, plan.pages),
  };
}

function send(request: ApiRequest, context: FaceContext): Reply {
  const { params } = request;
  const to = listParam(params, 'to').map(toE164);
  const valid = to.filter((number) => number !== null);
  const hasContent =
    request.files.some((file) => file.name.startsWith('filename')) || (params.get('string_data') ?? '') !== '';
  if (valid.length === 0 || valid.length < to.length || !hasContent) return failed('Fax not queued for sending');
  const batchDelay = wholeParam(params, 'batch_delay');
  const timeout = wholeParam(params, 'cancel_timeout');
  const callerId = params.get('caller_id');
  const outcome = context.commands.send(
    {
      to: valid,
      isTest: context.isTestKey,
      tags: Object.fromEntries(tagParams(params)),
      callerId: callerId === null ? null : toE164(callerId),
      callbackUrl: params.get('callback_url'),
      batchDelayMs:
        params.get('batch') === null && batchDelay === null ? null : Math.min(batchDelay ?? 60, 3600) * 1000,
      cancelTimeoutMs: timeout === null ? null : cancelTimeoutMs(timeout),
      testFail: params.get('test_fail'),
    },
    context.now,
  );
  const id = { faxId: Number(outcome.id), data: { faxId: Number(outcome.id) } };
  return outcome.refused === null ? done('Fax queued for sending', id) : failed('Fax not queued for sending', id);
}

function resendFax(request: ApiRequest, context: FaceContext): Reply {
  const id = request.params.get('id') ?? request.params.get('faxId') ?? '';
  const resent = context.commands.resend(id, request.params.get('callback_url'), context.now);
  if (resent === null) return failed('No fax found with that id.');
  return done('Fax queued for resend', { faxId: Number(resent), data: { faxId: Number(resent) } });
}

function testReceive(request: ApiRequest, context: FaceContext): Reply {
  if (!context.isTestKey) return failed('Faxes can only be received this way with test keys.');
  const from = toE164(request.params.get('from_number') ?? TEST_NUMBER) ?? TEST_NUMBER;
  const to = toE164(request.params.get('to_number') ?? TEST_NUMBER) ?? TEST_NUMBER;
  context.commands.receive(from, to, context.now);
  return done(`Test fax received from ${from.slice(2)}. Calling back now...`);
}

function faxCancel(request: ApiRequest, context: FaceContext): Reply {
  const outcome = context.commands.cancel(request.params.get('id') ?? '', context.now);
  if (outcome === 'done') return done('Fax canceled successfully.');
  return failed(outcome === 'unknown' ? 'No fax found with that id.' : "Can't cancel the fax, it's already complete!");
}

function deleteFax(request: ApiRequest, context: FaceContext): Reply {
  const id = request.params.get('id') ?? '';
  const filesOnly = ['1', 'true'].includes(request.params.get('files_only') ?? '');
  const outcome = filesOnly
    ? context.commands.deleteFiles(id, context.now)
    : context.commands.deleteFax(id, context.now);
  if (outcome === 'done') return done(filesOnly ? 'Deleted files successfully!' : 'Deleted fax successfully!');
  return failed(outcome === 'unknown' ? 'No fax found with that id.' : 'Only test faxes can be deleted.');
}

function numberList(request: ApiRequest, context: FaceContext): Reply {
  const areaCode = request.params.get('area_code');
  const number = request.params.get('number');
  const data = context.world
    .numbersAt(context.asOf)
    .filter((row) => areaCode === null || row.phoneNumber.startsWith(`+1${areaCode}`))
    .filter((row) => number === null || row.phoneNumber === toE164(number))
    .map((row) => numberToV1(row, context.switches));
  return done('Retrieved user phone numbers successfully', { data });
}

function provisionNumber(request: ApiRequest, context: FaceContext): Reply {
  const areaCode = wholeParam(request.params, 'area_code');
  const plan = context.commands.provision(areaCode, request.params.get('callback_url'), context.now);
  if (plan === null) return failed('No numbers are available in this area code.');
  const number = numberAt(plan, context.now, context.world.options.shortMonths);
  return done('Number provisioned successfully!', { data: numberToV1(number, context.switches) });
}

function releaseNumber(request: ApiRequest, context: FaceContext): Reply {
  const number = toE164(request.params.get('number') ?? '') ?? '';
  const outcome = context.commands.release(number, context.now);
  return outcome === 'done' ? done('Number released successfully!', { data: [] }) : failed('No such number.');
}

function areaCodes(request: ApiRequest): Reply {
  const tollFree = request.params.get('is_toll_free');
  const state = request.params.get('state');
  const rows = AREA_CODES.filter(
    (row) =>
      (tollFree === null || row.tollFree === ['1', 'true'].includes(tollFree)) &&
      (state === null || row.state === state),
  );
  return done(`${rows.length} area codes available.`, { data: areaCodesToV1(rows) });
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  send,
  resendFax,
  testReceive,
  faxList,
  faxStatus,
  faxFile,
  faxCancel,
  deleteFax,
  numberList,
  provisionNumber,
  releaseNumber,
  accountStatus: (_request, context) =>
    done('Account status retrieved successfully', { data: accountToV1(context.world.accountAt(context.asOf)) }),
  supportedCountries: (_request, context) =>
    done('Data contains supported countries.', { data: countriesToV1(context.world.countriesAt(context.asOf)) }),
  areaCodes,
};

/** Whether an operation of v1 answers without keys. */
export function isPublicV1(path: readonly string[]): boolean {
  return path[0] === 'supportedCountries' || path[0] === 'areaCodes';
}

/** Answers a request to `/v1/<operation>`; the method does not matter. Null for an unknown operation. */
export function answerV1(request: ApiRequest, context: FaceContext): Reply | null {
  const name = request.path[0] ?? '';
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  return operation === undefined ? null : operation(request, context);
}
