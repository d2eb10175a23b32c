import type { Context, SQSEvent } from 'aws-lambda';
import { handler } from '../functions/load.ts';
import { FolderLandingZone } from '../src/landing/folder.ts';

/** What the process saw of its own memory; MB. */
export interface MemoryReport {
  readonly faxes: number;
  readonly before: number;
  readonly rssAtFifth: number;
  readonly rssAtEnd: number;
  readonly peak: number;
}

const MB = 1024 * 1024;
const PAGE_FAXES = 1000;

/** A message of the load queue, as the bucket's notification writes it. */
function eventOf(key: string): SQSEvent {
  const record = {
    messageId: key,
    receiptHandle: '',
    body: JSON.stringify({ Records: [{ s3: { object: { key: encodeURIComponent(key) } } }] }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
  return { Records: [record] };
}

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'load',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:load',
  memoryLimitInMB: '256',
  awsRequestId: 'bench',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 60_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

const keys: string[] = [];
for await (const { key } of new FolderLandingZone(process.env['FAXSYNC_LANDING'] ?? '').list('bench')) keys.push(key);
const before = process.memoryUsage.rss() / MB;
let rssAtFifth = 0;
for (const [index, key] of keys.entries()) {
  const { batchItemFailures } = await handler(eventOf(key), context);
  if (batchItemFailures.length > 0) throw new Error('an object could not be loaded');
  if (index + 1 === Math.ceil(keys.length / 5)) rssAtFifth = process.memoryUsage.rss() / MB;
}
const report: MemoryReport = {
  faxes: keys.length * PAGE_FAXES,
  before,
  rssAtFifth,
  rssAtEnd: process.memoryUsage.rss() / MB,
  // In kilobytes on Linux and macOS alike, as Node gives it.
  peak: process.resourceUsage().maxRSS / 1024,
};
process.send?.(report, () => process.exit(0));
