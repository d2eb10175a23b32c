import { createReceiveCallbackHandler } from '../../functions/receive-callback.ts';
import { auditLanded } from '../pipeline/audit.ts';
import { CallbackServer } from './callback-server.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { LoadPump, type LoadTotals } from './load-pump.ts';
import { LocalQueue, notifying } from './local-host.ts';
import { countOf, describeError } from './output.ts';
import { type Session, withSession } from './session.ts';

/** `faxsync callbacks`. */
export interface CallbacksOptions {
  readonly port: number;
}

/** Serves the callback endpoint until Ctrl-C; each stored callback is loaded at once. Returns the exit code. */
export async function runCallbacks(context: CommandContext, options: CallbacksOptions): Promise<number> {
  context.output.intro('faxsync callbacks');
  return withSession(context, { settings: ['callbacks'], schema: 'current' }, (session) =>
    serve(context, session, options),
  );
}

async function serve({ output, signal }: CommandContext, session: Session, { port }: CallbacksOptions) {
  const { runtime } = session;
  const answers = new Map<number, number>();
  let isWarned = false;
  const pump = new LoadPump(new LocalQueue(runtime), (totals) => {
    if (totals.error === null || isWarned) return;
    isWarned = true;
    output.warn(`A callback was stored, but not loaded yet: ${describeError(totals.error, false).message}`);
  });
  const progress = output.progress('Waiting for callbacks');
  const tell = () => progress.update(`${summaryOf(answers, pump.totals)} · Ctrl-C ends`);
  const deps = runtime.callbackDeps();
  const landing = notifying(deps.ports.landing, (key) => pump.push(key));
  const server = await CallbackServer.listen({
    port,
    handler: createReceiveCallbackHandler({ ...deps, ports: { ...deps.ports, landing } }),
    onAnswer: (status) => {
      answers.set(status, (answers.get(status) ?? 0) + 1);
      tell();
    },
    onDefect: (error) => output.warn(describeError(error, false).message),
  }).catch((error: unknown) => {
    progress.end();
    throw error;
  });
  const accounts = deps.settings.map(({ account }) => account);
  output.step(`Listening on ${server.url} for ${accounts.join(', ')}`);
  output.info('The provider must reach it under FAXSYNC_CALLBACK_URL: put a tunnel or a proxy with TLS in front.');
  // What an endpoint that was killed had stored and not loaded.
  for (const account of accounts) {
    const { unloaded } = await auditLanded({ landing: runtime.landing, pool: runtime.pool }, account);
    pump.push(...unloaded.filter((key) => key.includes('.callback.')));
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
  const totals = await pump.drain();
  progress.end();
  output.step(summaryOf(answers, totals));
  output.document({
    command: 'callbacks',
    ok: totals.failed.length === 0,
    answers: Object.fromEntries([...answers].map(([status, count]) => [String(status), count])),
    loaded_objects: totals.loaded,
    failed_objects: totals.failed.length,
  });
  if (totals.failed.length > 0) {
    output.warn(`${countOf(totals.failed.length, 'stored callback')} not loaded; the next sync loads them.`);
    return EXIT.failed;
  }
  output.outro('Stopped.');
  return EXIT.fine;
}

function summaryOf(answers: ReadonlyMap<number, number>, { loaded }: LoadTotals): string {
  const all = [...answers.values()].reduce((sum, count) => sum + count, 0);
  const taken = answers.get(200) ?? 0;
  return `${countOf(all, 'callback')}: ${taken} taken, ${all - taken} refused · ${countOf(loaded, 'object')} loaded`;
}
