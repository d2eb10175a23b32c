import { S3Client } from '@aws-sdk/client-s3';
import type { Pool } from 'pg';
import * as v from 'valibot';
import { noStreams } from './account-settings.ts';
import { openLogin } from './database-login.ts';
import { readSettings } from './read-settings.ts';
import { type ReportStore, S3ReportStore } from './report-store.ts';
import { REQUEST_TIMEOUTS } from './request-timeouts.ts';
import type { RuntimeKind } from './runtime-source.ts';
import { SettingFaults } from './setting-faults.ts';
import type { Settings, SettingTexts } from './settings.ts';

const VARIABLE = 'FAXSYNC_REPORTS';

const bucketOfPlace = v.pipe(
  v.string('is not text'),
  v.regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is not a place for report pages: write s3://bucket'),
  v.transform((text) => text.slice('s3://'.length)),
);

/** What a function works with that reads the warehouse and stores pages: no landing zone, no state, no streams. */
export interface ReportRuntime {
  readonly accounts: Settings['accounts'];
  readonly store: ReportStore;
  /** One connection, by a login that reads every account and writes nothing. @throws {SettingsError} where no database is named. */
  pool(): Pool;
}

/**
 * The runtime of `report`; beside the settings it wants the bucket of the pages, in the variable `FAXSYNC_REPORTS`.
 * @throws {SettingsError} by its `parse`, naming every fault.
 */
export function reportRuntime(env: SettingTexts): RuntimeKind<ReportRuntime> {
  const readBucket = () => {
    const faults = new SettingFaults();
    const written = env[VARIABLE]?.trim() || undefined;
    if (written === undefined) faults.add(VARIABLE, 'is missing: the deployment sets it');
    const bucket = faults.read(bucketOfPlace, VARIABLE, written) ?? '';
    faults.throwIfAny();
    return bucket;
  };
  return {
    parse: (texts) => {
      readBucket();
      return readSettings(noStreams, texts, {}, {});
    },
    open: async (settings, tools) => {
      let opened: Pool | null = null;
      const pool = () => {
        opened ??= openLogin(settings, tools, 'report');
        return opened;
      };
      const store = new S3ReportStore(new S3Client({ requestHandler: REQUEST_TIMEOUTS }), readBucket());
      return { accounts: settings.accounts, store, pool };
    },
    withAccounts: (runtime, accounts) => ({ ...runtime, accounts }),
  };
}
