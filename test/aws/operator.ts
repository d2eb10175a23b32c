import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { OperatorClients } from './cloud.ts';

/** A message that lies in a queue. */
export interface LyingMessage {
  readonly id: string;
  readonly body: string;
}

/** What an operator does with the clients of AWS, as docs/deploy.md and docs/runbook.md say it. */
export class Operator {
  readonly #clients: OperatorClients;

  constructor(clients: OperatorClients) {
    this.#clients = clients;
  }

  /** `aws secretsmanager put-secret-value`. */
  async fillSecret(name: string, content: Readonly<Record<string, string>>): Promise<void> {
    const command = new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(content) });
    await this.#clients.secrets.send(command);
  }

  /** `aws s3api put-object`. */
  async putObject(bucket: string, key: string, body: Buffer): Promise<void> {
    await this.#clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }

  /** `aws s3 ls`: the keys of a bucket, at most 1,000. */
  async listObjects(bucket: string): Promise<readonly string[]> {
    const { Contents = [] } = await this.#clients.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** `aws s3 cp` of a text, with its content type. */
  async readText(bucket: string, key: string): Promise<{ readonly text: string; readonly type: string }> {
    const { Body, ContentType = '' } = await this.#clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { text: (await Body?.transformToString()) ?? '', type: ContentType };
  }

  /** `aws sqs send-message`. */
  async send(queueUrl: string, body: string): Promise<void> {
    await this.#clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  }

  /** Every message of a queue, which stays there. */
  async look(queueUrl: string): Promise<readonly LyingMessage[]> {
    const seen = new Map<string, LyingMessage>();
    for (const { MessageId = '', Body = '' } of await this.#receiveAll(queueUrl, 0))
      seen.set(MessageId, { id: MessageId, body: Body });
    return [...seen.values()];
  }

  /** Moves the messages of a queue of dead letters back to where they came from; returns how many. */
  async redrive(from: string, to: string): Promise<number> {
    const messages = await this.#receiveAll(from, 60);
    for (const { Body = '', ReceiptHandle } of messages) {
      await this.send(to, Body);
      await this.#clients.sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
    }
    return messages.length;
  }

  /** Without visibility time-out the same messages come again and again, so a look ends once one brings nothing new. */
  async #receiveAll(queueUrl: string, visibilitySeconds: number): Promise<readonly Message[]> {
    const found = new Map<string, Message>();
    for (;;) {
      const { Messages = [] } = await this.#clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: visibilitySeconds,
        }),
      );
      const before = found.size;
      for (const message of Messages) found.set(message.MessageId ?? '', message);
      if (found.size === before) return [...found.values()];
    }
  }
}
