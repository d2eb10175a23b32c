import type { Context } from 'aws-lambda';
import type { Clock } from '../src/domain/clock.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import { CANARY_ACCOUNT, type CanaryPorts, sendCanary } from '../src/pipeline/canary.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import { ingressRuntime } from '../src/runtime/ingress-runtime.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';

/** What the function is built from. */
export interface CanaryHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
  canaryPorts(): CanaryPorts | Promise<CanaryPorts>;
}

/** Sends one canary, whatever the event, and answers where it was landed. */
export type CanaryHandler = (event: unknown, context: Context) => Promise<{ readonly key: string }>;

/** The function behind the daily canary. Throws where it could not be landed, so that the schedule tries again. */
export function createCanaryHandler({
  clock,
  log,
  metrics = NO_METRICS,
  canaryPorts,
}: CanaryHandlerDeps): CanaryHandler {
  return async (_event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    try {
      const { key } = await sendCanary(await canaryPorts());
      metrics.add('CanariesSent', 1);
      log.info('canary sent', { account: CANARY_ACCOUNT, landed_key: key, duration_ms: clock.now() - startedAt });
      return { key };
    } catch (error) {
      metrics.add('CanariesSent', 0);
      log.error('canary not sent', error, { account: CANARY_ACCOUNT });
      throw error;
    } finally {
      metrics.flush();
    }
  };
}

const source = new RuntimeSource(process.env, { service: 'canary', runtime: ingressRuntime, secrets: [] });

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: CanaryHandler = atEdge(
  'canary',
  createCanaryHandler({
    ...functionTools('canary', process.env),
    canaryPorts: () => source.current(),
  }),
);
