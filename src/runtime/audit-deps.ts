import type { Announcer } from '../landing/contract.ts';
import { S3LandingZone } from '../landing/s3.ts';
import { S3Announcer } from '../landing/s3-announcer.ts';
import type { AuditPorts } from '../pipeline/audit.ts';
import { CANARY_ACCOUNT } from '../pipeline/canary.ts';
import type { Runtime } from './runtime.ts';

/** What auditing the landing zone takes. */
export interface AuditDeps extends AuditPorts {
  /** Null where the landing zone tells nobody of its objects: a folder, whose objects are loaded by who works on it. */
  readonly announcer: Announcer | null;
  /** An object younger than this may still be on its way through the queue, ms. */
  readonly graceMs: number;
}

/** What auditing one account takes. @throws {SettingsError} where there is no such account: a misspelt one must not pass for one in order. */
export function auditDeps(runtime: Runtime, account: string): AuditDeps {
  if (account !== CANARY_ACCOUNT) runtime.account(account);
  const { landing, pool, settings } = runtime;
  return {
    landing,
    pool,
    announcer: landing instanceof S3LandingZone ? new S3Announcer(landing.options) : null,
    graceMs: settings.auditGraceMs,
  };
}
