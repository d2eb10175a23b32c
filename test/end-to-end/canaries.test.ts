import { describe, expect, it } from 'vitest';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import type { MirrorRig } from '../../src/cli/demo/mirror-rig.ts';
import { landedTexts, rowTexts } from '../support/stored-texts.ts';
import { HOUR, LIVE_MS, live, openRig, START } from './rigs.ts';

const CANARY = 'zq7canaryqz';

/** What the provider answers itself, asked with the account's own key. */
async function ask(rig: MirrorRig, path: string, method = 'GET', form: Record<string, string> = {}): Promise<string> {
  const { apiKey, apiSecret } = rig.simulator.credentials;
  const answer = await fetch(`${rig.runtime.account('main').providerUrl}${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${apiKey}:${apiSecret}`)}` },
    ...(method === 'GET' ? {} : { body: new URLSearchParams(form) }),
  });
  expect(answer.status, path).toBe(200);
  return answer.text();
}

describe('credentials of adapters and PINs of port orders', () => {
  it('are in no landed object, no table, no log and no error, though the provider shows them in every list', async () => {
    const lines: string[] = [];
    const { rig, database } = await openRig({
      world: { days: 10, faxesPerDay: 20, restsFrom: START + LIVE_MS, credentialCanary: CANARY },
      http: { switches: { atasShowCredentials: true }, rateLimit: null },
      faults: demoFaults('v2.1'),
      writeLog: (line) => lines.push(line),
    });
    const failures: unknown[] = [];
    await rig.pull();
    // New ones while the mirror looks on.
    await ask(rig, '/v2.1/atas', 'POST', { name: 'Front desk' });
    await ask(rig, '/v2.1/port_orders', 'POST', {
      'port_numbers[]': '+14145550199',
      name_on_account: 'Alice Acme',
      port_out_pin: `${CANARY}-77`,
    });
    await live(rig, START + LIVE_MS, HOUR);
    // Lists cut in the middle, and a table that refuses: nothing of what failed may be quoted.
    rig.simulator.faults.clear();
    const cut = rig.simulator.faults.add({
      kind: 'truncate',
      probability: 1,
      path: '/v2.1/atas',
      framing: 'full_length',
    });
    await rig.pull({ eager: true }).catch((error: unknown) => failures.push(error));
    rig.simulator.faults.remove(cut);
    await database.pool.query(
      "alter table warehouse.atas add constraint no_names check (name <> 'Front desk') not valid",
    );
    rig.clock.advance(7 * HOUR);
    await rig.pull({ eager: true }).catch((error: unknown) => failures.push(error));

    // The same search finds them where they are: in the provider's own answers.
    const shown = await Promise.all([ask(rig, '/v2.1/atas?per_page=100'), ask(rig, '/v2.1/port_orders?per_page=100')]);
    for (const answer of shown) expect(answer.split(CANARY).length).toBeGreaterThan(5);
    const { rows: sipRows } = await database.pool.query<{ count: string }>(
      "select count(*) from warehouse.ata_history where sip_uri like 'sip%'",
    );
    expect(Number(sipRows[0]?.count)).toBeGreaterThan(0);

    const sinks = {
      'landing zone': await landedTexts(rig.options.landing),
      tables: await rowTexts(database.pool),
      logs: lines,
      errors: failures.map((error) => (error instanceof Error ? `${error.message} ${error.stack}` : String(error))),
    };
    for (const [sink, texts] of Object.entries(sinks)) {
      if (sink !== 'errors') expect(texts.length, sink).toBeGreaterThan(20);
      expect(texts.filter((text) => text.includes(CANARY)).length, sink).toBe(0);
    }
    const landed = sinks['landing zone'].join('\n');
    expect(landed).toContain('port_out_pin');
    expect(landed).toContain('sip_uri');
    console.log(
      `canaries shown by the provider: ${shown.map((text) => text.split(CANARY).length - 1).join(' + ')}; found in ${sinks['landing zone'].length} landed objects, ${sinks.tables.length} rows, ${lines.length} log lines, ${failures.length} errors: 0`,
    );
  });
});
