import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BUILD_OPTIONS,
  BUNDLE_BUDGETS,
  type BundledFunction,
  bundleFunctions,
  bundleTable,
  copiesOf,
  listFunctions,
} from '../../infra/bundle.ts';
import { KNOWN_ERRORS } from '../../infra/bundle-plugins.ts';
import { signCallback } from '../../src/phaxio/signature.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { startDynamo, type TestDynamo } from '../support/dynamodb.ts';
import { MULTIPART, multipartBody } from '../support/form-body.ts';
import { S3Server } from '../support/s3-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUDGETS = Object.entries(BUNDLE_BUDGETS);

let outdir: string;
let bundles: ReadonlyMap<string, BundledFunction>;

beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'faxsync-bundles-'));
  bundles = new Map((await bundleFunctions({ outdir })).map((bundle) => [bundle.name, bundle]));
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

function bundleOf(name: string): BundledFunction {
  const found = bundles.get(name);
  if (found === undefined) throw new Error(`${name} was not bundled`);
  return found;
}

/** `node -e` of this takes the bundle's path and an event, and answers what the handler did. */
const CHILD = `
const [path, event] = process.argv.slice(1);
const { handler } = await import(path);
const context = { awsRequestId: 'test', functionName: 'test', getRemainingTimeInMillis: () => 60_000 };
const said = await Promise.try(handler, JSON.parse(event), context).then(
  (answer) => ({ answer }),
  ({ name, code, message }) => ({ failed: { name, code, message } }),
);
process.send(said, () => process.exit(0));
`;

interface Said {
  readonly answer?: unknown;
  readonly failed?: { readonly name: string; readonly code?: string; readonly message: string };
}

/** Runs a bundled function as Lambda does, in a process of its own with this environment and nothing else; what it said, and its log. */
async function invokeLogged(
  name: string,
  event: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly said: Said; readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>> }> {
  const { folder } = bundleOf(name);
  const file = join(folder, 'index.mjs');
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, file, JSON.stringify(event)], {
    cwd: folder,
    env: { LAMBDA_TASK_ROOT: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said: Said | undefined;
  child.on('message', (message) => {
    said = message as Said;
  });
  const outputs = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  await once(child, 'close');
  const texts = outputs.map((chunks) => Buffer.concat(chunks).toString());
  if (said === undefined) throw new Error(`${name} said nothing: ${texts.join('')}`);
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  return { said, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

/** {@link invokeLogged} for what it said alone. */
async function invoke(...asked: Parameters<typeof invokeLogged>): Promise<Said> {
  return (await invokeLogged(...asked)).said;
}

describe('the bundles', () => {
  it('are one for each function, and each has a budget', async () => {
    expect(await listFunctions()).toEqual(Object.keys(BUNDLE_BUDGETS).sort());
    expect([...bundles.keys()].sort()).toEqual(Object.keys(BUNDLE_BUDGETS).sort());
  });

  it.each(BUDGETS)('keep %s within its budget', (name, { bytesMax, zipBytesMax }) => {
    const { bytes, zipBytes, inputs } = bundleOf(name);
    const largest = `largest inputs: ${JSON.stringify([...inputs].slice(0, 12))}`;
    expect(bytes, largest).toBeLessThanOrEqual(bytesMax);
    expect(zipBytes, largest).toBeLessThanOrEqual(zipBytesMax);
  });

  it.each(BUDGETS)('hold at most one copy of any core in %s, and no tracer', (name) => {
    const bundle = bundleOf(name);
    const usesAws = [...bundle.inputs.keys()].some((origin) => origin.includes('@aws-sdk/client-'));
    const copies = ['@smithy/core', '@aws-sdk/core'].map((core) => copiesOf(bundle, core));
    for (const count of copies) expect(count).toBeLessThanOrEqual(1);
    if (usesAws) expect(copies).toEqual([1, 1]);
    expect(copiesOf(bundle, 'aws-xray-sdk-core')).toBe(0);
  });

  it('count a package again for its other form', () => {
    const inputs = new Map([
      ['node_modules/@smithy/core', 1],
      ['node_modules/a/node_modules/@smithy/core (dist-cjs)', 1],
      ['node_modules/@smithy/core-too', 1],
    ]);
    expect(copiesOf({ ...bundleOf('load'), inputs }, '@smithy/core')).toBe(2);
  });

  it('weigh what lies in their folders', async () => {
    for (const { folder, bytes } of bundles.values()) {
      expect((await readFile(join(folder, 'index.mjs'))).byteLength).toBe(bytes);
    }
    expect(await readdir(bundleOf('load').folder)).toEqual(['index.mjs']);
    expect((await readdir(bundleOf('migrate').folder)).sort()).toEqual(['index.mjs', 'migrations']);
  });

  it('are told as a table', () => {
    const lines = bundleTable([...bundles.values()]).split('\n');
    expect(lines).toHaveLength(bundles.size + 2);
    expect(new Set(lines.map((line) => line.split('|').length)).size).toBe(1);
  });

  it('are the same bytes from another checkout, and name no path of either', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'faxsync-checkout-'));
    try {
      for (const part of ['src', 'functions', 'infra', 'migrations', 'package.json']) {
        await cp(join(ROOT, part), join(elsewhere, part), { recursive: true });
      }
      await symlink(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'));
      const child = spawn(process.execPath, [join(elsewhere, 'infra/bundle.ts')], { stdio: 'ignore' });
      const [status] = await once(child, 'close');
      expect(status).toBe(0);
      for (const { name, folder } of bundles.values()) {
        const [here, there] = await Promise.all(
          [folder, join(elsewhere, 'dist', name)].map((from) => readFile(join(from, 'index.mjs'))),
        );
        expect(there?.equals(here ?? Buffer.of()), name).toBe(true);
        for (const path of [ROOT, elsewhere]) expect(here?.includes(path), name).toBe(false);
      }
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });
});

/** Provokes the errors that the stores tell apart, and says how they arrive. */
const ERRORS_ENTRY = `
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
const failureOf = (promise) => promise.then(() => null, (error) => error);
export async function provoke({ s3: s3Options, dynamo: dynamoOptions, table }) {
  const s3 = new S3Client(s3Options);
  const dynamo = new DynamoDBClient(dynamoOptions);
  const put = () => s3.send(new PutObjectCommand({ Bucket: 'zone', Key: 'taken', Body: 'x', IfNoneMatch: '*' }));
  const update = (TableName, ConditionExpression) =>
    dynamo.send(new UpdateItemCommand({ TableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } }, ConditionExpression }));
  await put();
  const condition = await failureOf(update(table, 'attribute_exists(pk)'));
  const failures = {
    absentKey: await failureOf(s3.send(new GetObjectCommand({ Bucket: 'zone', Key: 'absent' }))),
    absentBucket: await failureOf(s3.send(new GetObjectCommand({ Bucket: 'absent', Key: 'absent' }))),
    takenKey: await failureOf(put()),
    absentTable: await failureOf(update('absent', 'attribute_exists(pk)')),
  };
  const names = Object.fromEntries(Object.entries(failures).map(([what, error]) => [what, error.name]));
  return { ...names, condition: { isKnown: condition instanceof ConditionalCheckFailedException, name: condition.name } };
}`;

describe('a bundled function', () => {
  let database: TestDatabase;
  let dynamo: TestDynamo;
  let s3: S3Server;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await freshEmptyDatabase();
    dynamo = await startDynamo();
    s3 = new S3Server(['zone', 'pages']);
    const client = await s3.start();
    const { hostname, port } = (await client.config.endpoint?.()) ?? { hostname: '', port: 0 };
    client.destroy();
    env = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_S3: `http://${hostname}:${port}`,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      FAXSYNC_LANDING: 's3://zone',
      FAXSYNC_STATE: `dynamodb:${await dynamo.createStateTable('bundled')}`,
      FAXSYNC_ACCOUNT: 'main',
      FAXSYNC_DATABASE_URL: database.url,
      FAXSYNC_CALLBACK_TOKENS: 'test-token',
      FAXSYNC_CALLBACK_URL: 'https://faxes.example.com/callbacks',
    };
  });
  afterAll(async () => {
    await s3.stop();
    await dynamo.stop();
    await database.drop();
  });

  it.each(Object.keys(BUNDLE_BUDGETS))('exports the handler of %s', async (name) => {
    const found: { handler?: unknown } = await import(join(bundleOf(name).folder, 'index.mjs'));
    expect(found.handler).toBeTypeOf('function');
  });

  it('does its work: migrates, lands a callback in S3, loads it into Postgres, explains it, and draws the report page', async () => {
    const { answer: migrated } = await invoke('migrate', {}, env);
    const scripts = (await readdir(join(ROOT, 'migrations'))).filter((file) => file.endsWith('.sql'));
    expect((migrated as { applied: unknown[] }).applied).toHaveLength(scripts.length);

    const fields = [
      {
        name: 'fax',
        value: '{"id":4711,"direction":"received","status":"success","created_at":"2026-11-01T10:00:00Z"}',
      },
      { name: 'event_type', value: 'fax_completed' },
      { name: 'success', value: 'true' },
      { name: 'is_test', value: 'false' },
      { name: 'direction', value: 'received' },
    ];
    const signature = signCallback('test-token', 'https://faxes.example.com/callbacks', { fields, files: [] });
    const callback = {
      headers: { 'content-type': MULTIPART, 'x-phaxio-signature': signature },
      requestContext: { http: { method: 'POST' } },
      isBase64Encoded: true,
      body: multipartBody(fields).toString('base64'),
    };
    const taken = await invokeLogged('receive-callback', callback, env);
    expect(taken.said).toMatchObject({ answer: { statusCode: 200 } });
    expect(taken.lines).toMatchObject([{ message: 'callback taken', function_request_id: 'test' }]);
    const [object, ...others] = s3.keys();
    expect(others).toEqual([]);

    const key = encodeURIComponent(object?.slice('zone/'.length) ?? '');
    const body = JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key } } }] });
    const loaded = await invoke('load', { Records: [{ messageId: '1', body }] }, env);
    expect(loaded).toEqual({ answer: { batchItemFailures: [] } });
    const { rows } = await database.pool.query('select fax_id, status from warehouse.faxes');
    expect(rows).toEqual([{ fax_id: '4711', status: 'success' }]);

    const explained = await invoke('reconcile', { account: 'main', task: 'explain', fax_id: '4711' }, env);
    expect(explained).toMatchObject({ answer: { task: 'explain', fax: { fax_id: '4711', status: 'success' } } });

    const asked = { account: 'main', from: '2026-11-01', to: '2026-11-30' };
    const stored = await invoke('report', asked, { ...env, FAXSYNC_REPORTS: 's3://pages' });
    expect(stored).toMatchObject({ answer: { keys: ['main/2026-11-01_2026-11-30.html'] } });
    const page = Buffer.from(s3.bytesOf('pages/main/2026-11-01_2026-11-30.html') ?? []).toString();
    expect(page).toMatch(/<svg[\s\S]*<\/html>/);
  });

  it('loads from a folder as well', async () => {
    const landing = await mkdtemp(join(tmpdir(), 'faxsync-landing-'));
    try {
      const body = JSON.stringify({ Records: [{ s3: { object: { key: 'nobody.json.gz' } } }] });
      const event = { Records: [{ messageId: 'absent', body }] };
      const said = await invoke('load', event, { ...env, FAXSYNC_LANDING: landing });
      expect(said).toEqual({ answer: { batchItemFailures: [{ itemIdentifier: 'absent' }] } });
    } finally {
      await rm(landing, { recursive: true, force: true });
    }
  });

  it('knows the errors that AWS answers as our code asks for them: by name, and one by its class', async () => {
    const outfile = join(outdir, 'errors.mjs');
    await build({ ...BUILD_OPTIONS, stdin: { contents: ERRORS_ENTRY, resolveDir: ROOT }, outfile });
    const { provoke } = (await import(outfile)) as { provoke: (options: object) => Promise<unknown> };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const provoked = await provoke({
      s3: { endpoint: env['AWS_ENDPOINT_URL_S3'], region: 'us-east-1', credentials, forcePathStyle: true },
      dynamo: { endpoint: dynamo.endpoint, region: 'us-east-1', credentials },
      table: await dynamo.createStateTable('errors'),
    });
    expect(provoked).toEqual({
      absentKey: 'NoSuchKey',
      absentBucket: 'NoSuchBucket',
      takenKey: 'PreconditionFailed',
      absentTable: 'ResourceNotFoundException',
      condition: { isKnown: true, name: 'ConditionalCheckFailedException' },
    });
  });

  it('keeps the class of every error of the SDK that our sources name', async () => {
    const named = new Set<string>();
    for (const room of ['src', 'functions']) {
      for (const file of await readdir(join(ROOT, room), { recursive: true })) {
        if (!file.endsWith('.ts')) continue;
        const text = await readFile(join(ROOT, room, file), 'utf8');
        for (const [, names = ''] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/[^']*'/g)) {
          for (const [name] of names.matchAll(/\w+(Exception|Error)\b/g)) named.add(name);
        }
      }
    }
    expect([...named].filter((name) => !KNOWN_ERRORS.has(name))).toEqual([]);
    expect(named.size).toBeGreaterThan(0);
  });

  it.each([
    ['receive-callback', { FAXSYNC_STATE: 'nowhere' }],
    ['canary', { FAXSYNC_STATE: 'nowhere' }],
    ['pull', { FAXSYNC_STATE: 'nowhere' }],
    ['load', { FAXSYNC_STATE: 'nowhere' }],
    ['load', {}],
    ['audit', { FAXSYNC_STATE: 'nowhere' }],
    ['reconcile', { FAXSYNC_STATE: 'nowhere' }],
    ['report', { FAXSYNC_REPORTS: 'nowhere' }],
    ['prepare-database', { FAXSYNC_DATABASE_NAME: '7' }],
    ['migrate', { FAXSYNC_DATABASE_AUTH: 'nohow' }],
  ] as const)('says once in its log why %s cannot begin with %j, and in which request', async (name, wrong) => {
    const event = name === 'load' ? { Records: [] } : { account: 'main' };
    const { said, lines } = await invokeLogged(
      name,
      name === 'reconcile' ? { ...event, task: 'measure' } : event,
      wrong,
    );
    if (name === 'receive-callback') expect(said).toMatchObject({ answer: { statusCode: 503 } });
    else expect(said).toMatchObject({ failed: { name: 'SettingsError' } });
    const error = { name: 'SettingsError', code: expect.stringMatching(/^setting/) };
    expect(lines).toMatchObject([{ level: 'ERROR', function_request_id: 'test', error }]);
  });

  it('names its errors by their class', async () => {
    expect(await invoke('migrate', {})).toMatchObject({ failed: { name: 'SettingsError', code: 'setting_missing' } });
  });
});
