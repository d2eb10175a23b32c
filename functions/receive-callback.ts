import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type CallbackPorts, type CallbackSettings, receiveCallback } from '../src/pipeline/receive-callback.ts';
import { Runtime } from '../src/runtime/runtime.ts';

/** What the function is built from. */
export interface ReceiveCallbackDeps {
  readonly ports: CallbackPorts;
  /** Every account that receives callbacks at this endpoint. */
  readonly settings: readonly CallbackSettings[];
}

/** Answers one HTTP API event (payload format 2.0). */
export type ReceiveCallbackHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The function behind the callback URL: 200 once the callback is durable, 401 unsigned or forged, 400 malformed, 405 not a
 * POST, 413 too large, 503 when it could not be stored. Host, path and `Authorization` of the request are not looked at:
 * the signed URL is a setting. Answers carry one word and nothing of the request.
 */
export function createReceiveCallbackHandler({ ports, settings }: ReceiveCallbackDeps): ReceiveCallbackHandler {
  return async (event) => {
    if (event.requestContext.http.method.toUpperCase() !== 'POST') return answer(405, 'method_not_allowed');
    const request = {
      contentType: headerOf(event, 'content-type'),
      signature: headerOf(event, 'x-phaxio-signature'),
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    };
    const { status, outcome } = await receiveCallback(request, settings, ports);
    return answer(status, outcome);
  };
}

/** The gateway lower-cases names; a local server may not. */
function headerOf(event: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(event.headers).find(([header]) => header.toLowerCase() === name)?.[1];
}

function answer(statusCode: number, word: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${word}\n` };
}

let built: Promise<ReceiveCallbackHandler> | undefined;

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: ReceiveCallbackHandler = async (event) => {
  built ??= Runtime.fromEnvironment(process.env).then((runtime) =>
    createReceiveCallbackHandler(runtime.callbackDeps()),
  );
  return (await built)(event);
};
