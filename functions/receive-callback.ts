import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type CallbackPorts, type CallbackSettings, receiveCallback } from '../src/pipeline/receive-callback.ts';

/** What the function is built from. */
export interface ReceiveCallbackDeps extends CallbackPorts {
  readonly settings: CallbackSettings;
}

/** Answers one HTTP API event (payload format 2.0). */
export type ReceiveCallbackHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The function behind the callback URL: 200 once the callback is durable, 401 unsigned or forged, 400 malformed, 405 not a
 * POST, 413 too large, 503 when it could not be stored. Host, path and `Authorization` of the request are not looked at:
 * the signed URL is a setting. Answers carry one word and nothing of the request.
 */
export function createReceiveCallbackHandler(deps: ReceiveCallbackDeps): ReceiveCallbackHandler {
  return async (event) => {
    if (event.requestContext.http.method.toUpperCase() !== 'POST') return answer(405, 'method_not_allowed');
    const result = await receiveCallback(
      {
        contentType: headerOf(event, 'content-type'),
        signature: headerOf(event, 'x-phaxio-signature'),
        body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      },
      deps.settings,
      deps,
    );
    return answer(result.status, result.outcome);
  };
}

/** The gateway lower-cases names; a local server may not. */
function headerOf(event: APIGatewayProxyEventV2, name: string): string | undefined {
  const found = Object.entries(event.headers).find(([header]) => header.toLowerCase() === name);
  return found?.[1];
}

function answer(statusCode: number, word: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${word}\n` };
}
