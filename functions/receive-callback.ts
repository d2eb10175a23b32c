import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { MetricName, Metrics } from '../src/domain/metrics.ts';
import { NO_METRICS } from '../src/domain/metrics.ts';
import {
  type CallbackOutcome,
  type CallbackPorts,
  type CallbackResult,
  type CallbackSettings,
  receiveCallback,
} from '../src/pipeline/receive-callback.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import { ingressRuntime } from '../src/runtime/ingress-runtime.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';

/** What the function is built from. */
export interface ReceiveCallbackDeps {
  readonly ports: CallbackPorts;
  /** Every account that receives callbacks at this endpoint. */
  readonly settings: readonly CallbackSettings[];
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
}

/** Answers one HTTP API event (payload format 2.0); the same on one machine, where no invocation is. */
export type ReceiveCallbackHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The function behind the callback URL: 200 once the callback is durable, 401 unsigned or forged, 400 malformed, 405 not a
 * POST, 413 too large, 503 when it could not be stored. Host, path and `Authorization` of the request are not looked at:
 * the signed URL is a setting. Answers carry one word and nothing of the request.
 */
export function createReceiveCallbackHandler({
  ports,
  settings,
  metrics = NO_METRICS,
}: ReceiveCallbackDeps): ReceiveCallbackHandler {
  return async (event) => {
    if (event.requestContext.http.method.toUpperCase() !== 'POST') return answer(405, 'method_not_allowed');
    const request = {
      contentType: headerOf(event, 'content-type'),
      signature: headerOf(event, 'x-phaxio-signature'),
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    };
    try {
      const result = await receiveCallback(request, settings, ports);
      count(metrics, result);
      return answer(result.status, result.outcome);
    } finally {
      metrics.flush();
    }
  };
}

const METRIC_OF: Readonly<Record<CallbackOutcome, MetricName>> = {
  stored: 'CallbacksTaken',
  repeated: 'CallbacksRepeated',
  not_configured: 'CallbacksRefused',
  unsigned: 'CallbacksRefused',
  forged: 'CallbacksRefused',
  malformed: 'CallbacksRefused',
  too_large: 'CallbacksRefused',
  refused: 'CallbacksRefused',
  unavailable: 'CallbacksUnavailable',
};

function count(metrics: Metrics, { outcome, account, tokenIndex, isUnknownEvent }: CallbackResult): void {
  const scope = account === null ? {} : { account };
  metrics.add(METRIC_OF[outcome], 1, scope);
  if (tokenIndex !== null && tokenIndex > 0) metrics.add('CallbacksByOldToken', 1, scope);
  if (isUnknownEvent) metrics.add('UnknownEvents', 1, scope);
}

/** The gateway lower-cases names; a local server may not. */
function headerOf(event: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(event.headers).find(([header]) => header.toLowerCase() === name)?.[1];
}

function answer(statusCode: number, word: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${word}\n` };
}

const { log, metrics } = functionTools('receive-callback', process.env);
const source = new RuntimeSource(process.env, {
  service: 'receive-callback',
  runtime: ingressRuntime,
  secrets: ['callbacks'],
});

/**
 * The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. Where it cannot
 * begin it answers 503, so that the provider tries again.
 */
export const handler = atEdge('receive-callback', async (event: APIGatewayProxyEventV2, context) => {
  try {
    log.addContext(context);
    const { ports, settings } = (await source.current()).callbackDeps();
    return await createReceiveCallbackHandler({ ports: { ...ports, log }, settings, metrics })(event);
  } catch (error) {
    log.error('callback not taken', error);
    metrics.add('CallbacksUnavailable', 1);
    metrics.flush();
    return answer(503, 'unavailable');
  }
});
