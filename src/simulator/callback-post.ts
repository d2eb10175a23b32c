import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Sends one callback; resolves with the answer's status, rejects when no answer came. */
export type PostCallback = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
) => Promise<{ readonly status: number }>;

/** How long an answer is waited for, in real ms; the provider's own limit is not known. */
export const CALLBACK_ANSWER_MAX_MS = 30_000;

/** Sends a callback over HTTP or HTTPS; credentials in the URL become a Basic header. */
export const postCallback: PostCallback = (url, headers, body) => {
  const target = new URL(url);
  const user = decodeURIComponent(target.username);
  const auth = user === '' ? {} : { auth: `${user}:${decodeURIComponent(target.password)}` };
  target.username = '';
  target.password = '';
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': String(body.length) },
        timeout: CALLBACK_ANSWER_MAX_MS,
        ...auth,
      },
      (answer) => {
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }));
        answer.resume();
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('The receiver of the callback did not answer in time.')));
    sent.on('error', reject);
    sent.end(body);
  });
};
