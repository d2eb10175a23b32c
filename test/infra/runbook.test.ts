import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRIC_SERVICES } from '../../infra/alarm-metrics.ts';
import { FUNCTION_NAMES } from '../../infra/settings.ts';
import { LOGGABLE_KEYS } from '../../src/domain/log.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

/** What the runbook asks people to type is held against the code, as far as a machine can. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => join(folder, path));
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const pages = [...filesBelow('docs/runbook', /\.md$/), 'docs/runbook.md', 'docs/deploy.md'];
/** The pages' blocks of shell, and commands inside of sentences. */
const commands = pages.map(textOf).flatMap((text) => {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block);
  const inline = [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline];
});
/** Without the remarks at the ends of lines. */
const all = commands.join('\n').replace(/(^| )# .*$/gm, '');
const sources = ['src', 'functions'].flatMap((folder) => filesBelow(folder, /\.ts$/)).map(textOf);

/** What a command of tools.sh prints and returns where `aws` is the given body of a shell function; its arguments are "$@". */
function typed(command: string, aws: string): string {
  const script = `. docs/runbook/tools.sh; aws() { ${aws}; }; ${command}; echo "rc $?"`;
  return spawnSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'] } }).stdout;
}

/** `sql "..."` with the escapes of double quotes taken out. */
function statementsIn(text: string): string[] {
  return [...text.matchAll(/\bsql "((?:[^"\\]|\\.)*)"/g)].map(([, sql = '']) => sql.replace(/\\([\\$"])/g, '$1'));
}

interface Query {
  readonly service: string;
  readonly text: string;
}

/** `ask <function> <minutes> '...'`. */
function queriesIn(text: string): Query[] {
  return [...text.matchAll(/\bask "?\$?([\w-]+)"? \d+ '([^']+)'/g)].map(([, service = '', query = '']) => ({
    service,
    text: query,
  }));
}

const BESIDE_OUR_KEYS = new Set(['message', 'level', 'error', '@timestamp', '@type', '@duration', '@maxMemoryUsed']);
const WORDS_OF_QUERIES =
  /^(filter|stats|sort|limit|display|fields|by|as|and|or|like|desc|asc|count|sum|max|min|avg|latest|bin)$/;

/** What a query names that no log line has. */
function unknownInQuery({ text }: Query, lines: readonly string[]): string[] {
  const texts = [...text.matchAll(/message = "([^"]+)"/g)].map(([, message = '']) => message);
  const unsaid = texts.filter((message) => !lines.some((line) => line.includes(`'${message}'`)));
  const bare = text.replace(/"[^"]*"|\/[^/]*\//g, ' ');
  const made = new Set([...bare.matchAll(/\bas ([a-z_0-9]+)/g)].map(([, name = '']) => name));
  const names = [...bare.matchAll(/(?<!\d)@?[a-z][a-zA-Z0-9_]*(?:\.[a-z_]+)*/g)].map(([name]) =>
    name.replace(/\..*$/, ''),
  );
  const keys = new Set<string>(LOGGABLE_KEYS);
  const unknown = names.filter(
    (name) => !keys.has(name) && !BESIDE_OUR_KEYS.has(name) && !made.has(name) && !WORDS_OF_QUERIES.test(name),
  );
  return [...unsaid, ...unknown];
}

describe('the queries of the runbook', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('run on the migrated schema', async () => {
    expect(statementsIn('sql "select \'\\\\s\', \\$1"')).toEqual(["select '\\s', $1"]);
    // Not those with a place to fill in, and not what only RDS knows.
    const statements = statementsIn(all).filter((sql) => !/<\w+>|rds_iam/.test(sql));
    expect(statements.length).toBeGreaterThan(10);
    // The Data API takes what follows a colon for a parameter.
    expect(statements.filter((sql) => sql.includes(':'))).toEqual([]);
    for (const sql of statements) {
      const client = await database.pool.connect();
      try {
        await client.query('begin');
        await expect(client.query(sql), sql).resolves.toBeDefined();
      } finally {
        // Some of them change rights or empty tables.
        await client.query('rollback');
        client.release();
      }
    }
  });

  it('empty for a replay what landed objects filled and every sum of it, and keep the accounts', async () => {
    const [emptying, ...others] = statementsIn(all).filter((sql) => sql.includes('truncate'));
    expect(others).toEqual([]);
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await client.query(`insert into warehouse.accounts (account_key, billing_zone) values ('main', 'UTC')`);
      await client.query(
        `insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, stage, observed_via)
         select account_id, 1, now(), now(), 1, gen_random_uuid(), 3, 'listing' from warehouse.accounts`,
      );
      await client.query('select rollup.fold()');
      const count = `select (select count(*) from rollup.fax_days)::integer as sums, (select count(*) from warehouse.faxes)::integer as faxes,
        (select count(*) from warehouse.accounts)::integer as accounts`;
      expect((await client.query(count)).rows).toEqual([{ sums: 1, faxes: 1, accounts: 1 }]);
      await client.query(emptying ?? '');
      expect((await client.query(count)).rows).toEqual([{ sums: 0, faxes: 0, accounts: 1 }]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('of the logs name messages that are written and keys that are logged', () => {
    const wrong = {
      service: 'pull',
      text: 'filter message = "fax pulled" | stats sum(fax_number) as calls by account',
    };
    expect(unknownInQuery(wrong, sources)).toEqual(['fax pulled', 'fax_number']);
    const queries = queriesIn(all);
    expect(queries.length).toBeGreaterThan(15);
    expect(
      queries.map((query) => [query.text, unknownInQuery(query, sources)]).filter(([, unknown]) => unknown?.length),
    ).toEqual([]);
  });

  it('of metrics name the function that publishes them', () => {
    const asked = [...all.matchAll(/\bmetric ([a-z-]+) ([A-Z]\w+) (\w+) \d+/g)].map(
      ([, service = '', name = '', statistic = '']) => ({
        service,
        name,
        statistic,
      }),
    );
    expect(asked.length).toBeGreaterThan(15);
    const services: Readonly<Record<string, string>> = METRIC_SERVICES;
    expect(asked.filter(({ service, name }) => services[name] !== service)).toEqual([]);
    expect([...new Set(asked.map(({ statistic }) => statistic))].sort()).toEqual(['Maximum', 'Sum']);
  });
});

describe('the commands of the runbook', () => {
  const tools = textOf('docs/runbook/tools.sh');

  it('name functions that there are', () => {
    const named = [...all.matchAll(/(?<!npm )\b(?:errors|ask|halt|resume|run) ([a-z][a-z-]+)\b/g)].map(
      ([, name = '']) => name,
    );
    expect(named.length).toBeGreaterThan(50);
    const names = new Set<string>(FUNCTION_NAMES);
    expect([...new Set(named)].filter((name) => !names.has(name))).toEqual([]);
  });

  it('start functions with events that are JSON', () => {
    const events = [...all.matchAll(/\brun [a-z-]+ '([^']*)'/g)].map(([, event = '']) => event);
    expect(events.length).toBeGreaterThan(20);
    for (const event of events) expect(() => JSON.parse(event) as unknown, event).not.toThrow();
  });

  it('print a run with the number of landed keys, and fail where the function failed or is not there', () => {
    const answering = (answer: string, failure: string): string =>
      `printf %s '${answer}' >"\${@: -1}"; printf '%s\\n' ${failure}`;
    expect(typed("run pull '{}'", answering('{"landedKeys":["a/1","a/2"],"lookups":0}', 'None'))).toBe(
      '{"landedKeys":2,"lookups":0}\nrc 0\n',
    );
    expect(typed("run pull '{}'", answering('{"errorType":"X"}', 'Unhandled'))).toBe(
      'Unhandled\n{"errorType":"X"}\nrc 1\n',
    );
    expect(typed("run nosuch '{}'", 'return 254')).toBe('rc 254\n');
  });

  it('print instants that can be read, and nothing where there is nothing', () => {
    expect(typed('metric pull HeadLag Maximum 5', "printf '1795834230.5\\t33.0\\n2026-11-28T02:51:30Z\\t4.0\\n'")).toBe(
      '2026-11-28T02:50:30Z\t33.0\n2026-11-28T02:51:30Z\t4.0\nrc 0\n',
    );
    expect(typed('metric pull HeadLag Maximum 5', ':')).toBe('rc 0\n');
    expect(typed("sql 'select 1'", 'echo None')).toBe('rc 0\n');
  });

  it('prove that all is loaded by both numbers of the audit', () => {
    const proofs = pages.flatMap((page) => [...textOf(page).matchAll(/"unloaded":0.{0,10}/g)].map(([proof]) => proof));
    expect(proofs.length).toBeGreaterThan(10);
    expect(proofs.filter((proof) => !proof.startsWith('"unloaded":0,"young":0'))).toEqual([]);
  });

  it('send nothing to the name that the emulated cloud does not have', () => {
    const sending = all.split('\n').filter((line) => /\bcurl\b/.test(line));
    expect(sending.length).toBeGreaterThan(2);
    expect(sending.filter((line) => line.includes('CallbackUrl'))).toEqual([]);
  });

  it('read outputs that the stack has', () => {
    const stack = textOf('infra/faxsync-stack.ts');
    const outputs = [...`${all}\n${tools}`.matchAll(/\bout ([A-Z]\w+)/g)].map(([, name = '']) => name);
    expect(outputs.length).toBeGreaterThan(10);
    expect([...new Set(outputs)].filter((name) => !stack.includes(`${name}:`))).toEqual([]);
  });

  it('are functions of the file that is sourced', () => {
    const defined = [...tools.matchAll(/^([a-z_]+)\(\) \{/gm)].map(([, name = '']) => name);
    expect(defined.sort()).toEqual([
      'ago',
      'alarms',
      'announce',
      'ask',
      'callback_url',
      'dead',
      'errors',
      'feed',
      'halt',
      'instant',
      'metric',
      'out',
      'queue',
      'resume',
      'run',
      'sql',
    ]);
    for (const name of defined.filter((each) => each !== 'feed' && each !== 'instant'))
      expect(all, name).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
