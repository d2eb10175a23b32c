import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { type Instant, toIso } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import { startEmbeddedPostgres } from '../runtime/embedded-postgres.ts';
import type { World } from '../simulator/world.ts';
import { recreateDatabase } from '../warehouse/recreate-database.ts';
import { reconcileDemo } from './demo/demo-bill.ts';
import { markDemoHome } from './demo/demo-mark.ts';
import { writeDemoPage } from './demo/demo-page.ts';
import { gatherResult, tellAside, tellBill, tellNext, tellResult } from './demo/demo-report.ts';
import { runMirror } from './demo/demo-run.ts';
import { DEMO_CALLBACKS, demoFaults, demoStart, demoWorld } from './demo/demo-world.ts';
import { MirrorRig, RIG_ACCOUNT } from './demo/mirror-rig.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, formatSpan, type Output } from './output.ts';

/** What a demo can be told. */
export interface DemoOptions {
  /** FAXSYNC_HOME; the demo keeps to its folder `demo` and makes it anew every time. */
  readonly home: string;
  readonly seed: number;
  /** Days of history. */
  readonly days: number;
  /** Faxes in that history, about. */
  readonly faxes: number;
  readonly apiVersion: Dialect;
  /** The instant the demo's clock ends at; the same seed and end give the same world. Null: the present, to the hour. */
  readonly endsAt: Instant | null;
  /** Aborted when the user wants an end. */
  readonly signal?: AbortSignal;
}

/** What holds where nothing is said. */
export const DEMO_DEFAULTS = { seed: 42, days: 60, faxes: 21_000, apiVersion: 'v2.1', endsAt: null } as const;

/** Most days and faxes a demo takes: more would not fit its promise of a minute. */
const DEMO_DAYS_MAX = 400;
const DEMO_FAXES_MAX = 200_000;

function checkOptions({ days, faxes, seed }: DemoOptions): void {
  const faults = [
    ...(Number.isInteger(days) && days >= 2 && days <= DEMO_DAYS_MAX ? [] : [`--days is not 2 to ${DEMO_DAYS_MAX}`]),
    ...(Number.isInteger(faxes) && faxes >= 100 && faxes <= DEMO_FAXES_MAX
      ? []
      : [`--faxes is not 100 to ${DEMO_FAXES_MAX}`]),
    ...(Number.isSafeInteger(seed) ? [] : ['--seed is not a whole number']),
  ];
  if (faults.length > 0)
    throw new SettingsError(`The demo cannot be run so: ${faults.join(', ')}.`, { code: 'settings_invalid' });
}

/** What the account has at an instant. */
function describeWorld(world: World, at: Instant, apiVersion: Dialect, days: number): string {
  const parts = [
    `API ${apiVersion}`,
    `${countOf(days, 'day')} of history`,
    countOf(world.truth(at).faxes.length, 'fax', 'faxes'),
    countOf(world.numbersAt(at).length, 'number'),
  ];
  if (apiVersion === 'v2.1') {
    parts.push(countOf(world.objectsAt('port_orders', at).size, 'port order'));
    parts.push(countOf(world.objectsAt('atas', at).size, 'adapter'));
  }
  return parts.join(', ');
}

/** The flags that make the same demo once more. */
function sameAgain({ seed, days, faxes, apiVersion, endsAt }: DemoOptions & { readonly endsAt: Instant }): string {
  const flags = [`--seed ${seed}`, `--until ${toIso(endsAt).slice(0, 13)}:00:00Z`];
  if (days !== DEMO_DEFAULTS.days) flags.push(`--days ${days}`);
  if (faxes !== DEMO_DEFAULTS.faxes) flags.push(`--faxes ${faxes}`);
  if (apiVersion !== DEMO_DEFAULTS.apiVersion) flags.push(`--api-version ${apiVersion}`);
  return flags.join(' ');
}

/**
 * Shows the whole on one machine: a pretend Phaxio that misbehaves, an account pulled from it by the real functions into a real
 * Postgres, its life followed on a fast clock with callbacks good and forged, at the end every table compared with the provider's own
 * truth, and the bill reconciled: what the provider got wrong on purpose must be found, and nothing else. Nothing leaves the machine; the database and the report page stay in
 * `<home>/demo`.
 * Answers the exit code: 0 when everything is equal, 2 when something differs, 1 when the user stopped it.
 * @throws {SettingsError} for options out of range; {@link FaxsyncError} when something failed on the way.
 */
export async function runDemo(output: Output, options: DemoOptions): Promise<number> {
  checkOptions(options);
  const began = Date.now();
  const { seed, days, faxes, apiVersion, signal = new AbortController().signal } = options;
  const home = join(options.home, 'demo');
  const startAt = demoStart(options.endsAt ?? Date.now());
  output.intro(`faxsync demo: invented data, seed ${seed}, nothing leaves this machine`);
  // Made anew each time, so its safety against power cuts is not worth its price.
  const server = await startEmbeddedPostgres({ directory: join(home, 'db'), isDurable: false });
  let rig: MirrorRig | null = null;
  try {
    for (const notice of server.notices) output.info(notice);
    await rm(join(home, 'landing'), { recursive: true, force: true });
    await recreateDatabase(server.connectionString);
    await markDemoHome(home, RIG_ACCOUNT);
    rig = await MirrorRig.open({
      seed,
      dialect: apiVersion,
      databaseUrl: server.connectionString,
      landing: join(home, 'landing'),
      startAt,
      world: demoWorld(startAt, days, faxes),
      callbacks: { version: apiVersion, ...DEMO_CALLBACKS },
      faults: demoFaults(apiVersion),
    });
    await rig.migrate();
    output.step(`Database ready: Postgres in ${server.directory} (${formatSpan(Date.now() - began)})`);
    output.step(
      `Pretend Phaxio ready: ${describeWorld(rig.simulator.world, startAt, apiVersion, days)}; misbehaves on purpose`,
    );
    const stage = { output, now: () => Date.now(), signal };
    const comparison = await runMirror(rig, stage);
    const bill = await reconcileDemo(rig, stage);
    const result = await gatherResult(rig, comparison, bill);
    tellResult(output, result);
    const page = await writeDemoPage(rig, { output, home, now: stage.now });
    tellAside(output, result, home);
    tellBill(output, bill);
    const tookMs = Date.now() - began;
    const isRight = comparison.isEqual && bill.isRight;
    const verdict = isRight ? 'Everything is equal' : 'Something differs: see the warnings above';
    const again = sameAgain({ ...options, endsAt: options.endsAt ?? began });
    output.step(`${verdict} (${formatSpan(tookMs)}; the same again: npm run demo -- ${again})`);
    tellNext(output, home);
    output.document({ isEqual: isRight, tookMs, seed, startAt: toIso(startAt), home, page, ...result });
    return isRight ? EXIT.fine : EXIT.different;
  } catch (error) {
    if (!signal.aborted) throw error;
    output.outro('Stopped before the end; the next demo begins anew.');
    output.document({ isEqual: null, isStopped: true, seed, startAt: toIso(startAt), home });
    return EXIT.failed;
  } finally {
    await rig?.close();
    await server.stop();
  }
}
