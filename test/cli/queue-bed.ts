import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import type { Envelope } from '../../src/landing/contract.ts';
import { S3LandingZone } from '../../src/landing/s3.ts';
import { type CliResult, runCli } from './run-cli.ts';

const BUCKET = 'landing';

/** What the next requests of one action are answered instead, e.g. `DeleteMessageBatch`. */
export interface QueueFault {
  readonly action: string;
  readonly status: number;
  readonly code: string;
}

/** An emulated SQS and S3 on this machine, with a load queue, its dead letters and a landing bucket, for commands in processes of their own. */
export class QueueBed {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly faults: QueueFault[];
  readonly #stop: () => Promise<void>;
  readonly #sqs: SQSClient;
  readonly #s3: S3Client;
  readonly #zone: S3LandingZone;

  private constructor(
    home: string,
    env: Readonly<Record<string, string>>,
    faults: QueueFault[],
    stop: () => Promise<void>,
    clients: { readonly sqs: SQSClient; readonly s3: S3Client },
  ) {
    this.home = home;
    this.env = env;
    this.faults = faults;
    this.#stop = stop;
    this.#sqs = clients.sqs;
    this.#s3 = clients.s3;
    this.#zone = new S3LandingZone({ client: clients.s3, bucket: BUCKET });
  }

  static async open(): Promise<QueueBed> {
    const faults: QueueFault[] = [];
    const app = buildApp({ logger: false });
    app.addHook('onRequest', (request, reply, done) => {
      const action = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
      const fault = faults.find((each) => each.action === action);
      if (fault === undefined) return done();
      void reply
        .code(fault.status)
        .send({ __type: `com.amazonaws.sqs#${fault.code}`, message: 'canary-of-the-service' });
    });
    // A queue in this process has all it has at once: to wait for more, as of a distributed one, is only time.
    app.addHook('preHandler', (request, _reply, done) => {
      const { body } = request;
      if (typeof body === 'object' && body !== null && 'WaitTimeSeconds' in body) body.WaitTimeSeconds = 0;
      done();
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const config = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const urlOf = async (name: string) =>
      String((await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl);
    const home = await mkdtemp(join(tmpdir(), 'faxsync-dead-'));
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      FAXSYNC_HOME: join(home, 'none'),
      FAXSYNC_LANDING: `s3://${BUCKET}`,
      FAXSYNC_DEAD_LETTERS: await urlOf('DeadLoads'),
      FAXSYNC_LOADS: await urlOf('Loads'),
    };
    const stop = async () => {
      sqs.destroy();
      s3.destroy();
      await app.close();
      await rm(home, { recursive: true, force: true });
    };
    return new QueueBed(home, env, faults, stop, { sqs, s3 });
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    return runCli(args, { ...this.env, ...env });
  }

  /** Lands an object and returns its key. */
  async land(envelope: Envelope): Promise<string> {
    return (await this.#zone.put(envelope)).key;
  }

  /** Makes the landed object unreadable. */
  async damage(key: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'no gzip' }));
  }

  async remove(key: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
  }

  /** Puts a message into the dead-letter queue and returns its id. */
  async bury(body: string): Promise<string> {
    const command = new SendMessageCommand({ QueueUrl: this.env['FAXSYNC_DEAD_LETTERS'], MessageBody: body });
    return String((await this.#sqs.send(command)).MessageId);
  }

  /** What the bucket says of an object that was put. */
  async buryLanded(key: string): Promise<string> {
    return this.bury(notificationOf(BUCKET, key));
  }

  /** Takes everything visible out of a queue for `hiddenSeconds`: the bodies. */
  async take(queue: 'FAXSYNC_DEAD_LETTERS' | 'FAXSYNC_LOADS', hiddenSeconds: number): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const command = new ReceiveMessageCommand({
        QueueUrl: this.env[queue],
        MaxNumberOfMessages: 10,
        VisibilityTimeout: hiddenSeconds,
      });
      const { Messages: messages = [] } = await this.#sqs.send(command);
      if (messages.length === 0) return bodies;
      bodies.push(...messages.map(({ Body }) => String(Body)));
    }
  }

  close(): Promise<void> {
    return this.#stop();
  }
}

/** The notification of a bucket about one object, as S3 writes it, the key encoded. */
export function notificationOf(bucket: string, key: string): string {
  const object = { key: encodeURIComponent(key).replaceAll('%20', '+'), size: 1, eTag: 'x', sequencer: '0' };
  return JSON.stringify({
    Records: [{ eventVersion: '2.1', eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }],
  });
}
