import { ALARM_DEFAULTS, type AlarmSettings } from './alarm-settings.ts';

/** Every function of the stack; its file in functions/, its bundle in dist/. */
export const FUNCTION_NAMES = [
  'pull',
  'receive-callback',
  'canary',
  'load',
  'audit',
  'reconcile',
  'report',
  'prepare-database',
  'migrate',
] as const;

/** One of {@link FUNCTION_NAMES}. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Plain settings of one account, by the names of the accounts file (README, settings). Its secrets are filled in after the deployment. */
export interface AccountEntry {
  readonly account: string;
  /** Limits of its checks and negotiated prices, by the names of `FAXSYNC_RECONCILIATION`; only the function that reconciles is given them. */
  readonly reconciliation?: Readonly<Record<string, unknown>>;
  readonly [field: string]: string | number | readonly string[] | Readonly<Record<string, unknown>> | undefined;
}

/** Size of one function. */
export interface FunctionSize {
  /** MB; the share of a processor follows: 1769 MB are one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /**
   * Concurrent runs set aside for it, and the most it may have; null: shared with the account's other functions. A new AWS account
   * has a limit of 10 in all and refuses to set any aside.
   */
  readonly reservedConcurrency: number | null;
}

/** Aurora PostgreSQL Serverless v2 in subnets without internet; logins by IAM. */
export interface AuroraSettings {
  readonly kind: 'aurora';
  /**
   * Capacity units kept ready, 0.5 = 1 GB; 0 lets it pause when nothing connects. The head pass is loaded every minute, so it only
   * pauses with much longer intervals, and the first load after a pause waits some 15 s.
   */
  readonly minAcu: number;
  /** Most capacity units; also what the database allows in connections follows from it. */
  readonly maxAcu: number;
  /** Minutes without a connection after which it pauses; only with minAcu 0; 5 to 1440. */
  readonly pauseAfterMinutes: number;
  /** Days of point-in-time restore, 1 to 35. */
  readonly backupDays: number;
  /** Refuses to be deleted, by a stack too, until this is false and deployed. */
  readonly deletionProtection: boolean;
  /** A second instance in another zone: minutes of outage become seconds, at the double price. */
  readonly hasStandby: boolean;
}

/** A Postgres (15 or newer) that is there already and can be reached from the internet; its URL stands in a secret. */
export interface ExternalSettings {
  readonly kind: 'external';
  /** Connections the server has to give; asked of its owner. */
  readonly connectionsMax: number;
}

/** Everything that can be chosen about a deployment. {@link checkSettings} refuses what cannot work. */
export interface DeploymentSettings {
  /** Prefix of secrets, schedules and the namespace of metrics; lowercase letters, digits and dashes. */
  readonly name: string;
  readonly accounts: readonly AccountEntry[];
  readonly warehouse: AuroraSettings | ExternalSettings;
  readonly functions: Readonly<Record<FunctionName, FunctionSize>>;
  readonly loads: {
    /** Objects a run of load is given at most. */
    readonly batchSize: number;
    /** Longest wait for a batch to fill. */
    readonly batchingWindowSeconds: number;
    /** Runs of load at once; loads of one account take turns, so more than the number of accounts plus a few gains nothing. */
    readonly concurrencyMax: number;
    /** How long a message stays hidden while it is worked on; at least 6 timeouts of load and the window, AWS' own advice. */
    readonly visibilitySeconds: number;
    /** Tries before a message goes to the dead letters. The hourly audit gives it back three times more. */
    readonly receivesMax: number;
    readonly retentionDays: number;
    /** Longer than retentionDays: a message keeps its age when it moves. */
    readonly deadRetentionDays: number;
  };
  /** Minutes between two runs of an account; 1440 is a day. */
  readonly schedules: {
    readonly headMinutes: number;
    /** Everything that is due: all passes, lists, look-ups. */
    readonly trailingMinutes: number;
    /** Lists, should the trailing runs be kept from them. */
    readonly snapshotsMinutes: number;
    /** What was landed lately and is not loaded is announced again. */
    readonly auditMinutes: number;
    /** How far back the frequent audit looks, hours; the weekly one looks at everything. */
    readonly auditHours: number;
    /** All checks, over every month that can still change. */
    readonly reconcileMinutes: number;
    /** The checks that find out soon: windows, presence, open faxes, freshness; over the present month. */
    readonly checkMinutes: number;
    /** The warehouse is measured for the dashboard and the alarms. */
    readonly reportMinutes: number;
    /** Hour of the day, 0 to 23 in the account's billing zone, at which its report page is made and stored. */
    readonly reportPageHour: number;
    readonly canaryMinutes: number;
  };
  readonly callbacks: {
    /** Requests a second beyond which the gateway answers 429; the provider tries again for three days. */
    readonly ratePerSecond: number;
    readonly burst: number;
    /** A name of your own for the endpoint; null: the one that AWS gives, which changes when the API is made anew. */
    readonly domain: { readonly name: string; readonly certificateArn: string } | null;
  };
  readonly landing: {
    /** Days after which replaced or deleted versions of an object go for good. */
    readonly oldVersionsDays: number;
  };
  readonly reports: {
    /** Days after which a page goes. The latest of each account is put anew every day, and pages of any days can be made again. */
    readonly keptDays: number;
  };
  readonly logs: {
    /** One of the terms CloudWatch knows. */
    readonly retentionDays: number;
  };
  readonly alarms: AlarmSettings;
}

/**
 * What a deployment is made with where nothing else is said. Change it here, or keep your own in a JSON file with the same names and
 * give it with `-c settings=<file>`; what the file leaves out is taken from here.
 */
export const SETTINGS: DeploymentSettings = {
  name: 'faxsync',
  accounts: [{ account: 'main' }],
  warehouse: {
    kind: 'aurora',
    minAcu: 0.5,
    maxAcu: 4,
    pauseAfterMinutes: 10,
    backupDays: 14,
    deletionProtection: true,
    hasStandby: false,
  },
  functions: {
    // Waits for the provider most of its time; a page of 1,000 faxes is 0.6 MB of JSON. As long as Lambda lets it and as the trailing schedule,
    // so that a backfill goes on without a pause (docs/performance.md).
    pull: { memoryMb: 256, timeoutSeconds: 900, reservedConcurrency: null },
    // The provider waits for its answer.
    'receive-callback': { memoryMb: 256, timeoutSeconds: 20, reservedConcurrency: null },
    canary: { memoryMb: 256, timeoutSeconds: 60, reservedConcurrency: null },
    // Peaks at 110 MB (docs/performance.md); the rest is bought for its share of a processor.
    load: { memoryMb: 512, timeoutSeconds: 120, reservedConcurrency: null },
    audit: { memoryMb: 256, timeoutSeconds: 600, reservedConcurrency: null },
    // Waits for the database. A month of a million faxes takes it a minute on two processors, and the smallest Aurora has a part of one.
    reconcile: { memoryMb: 256, timeoutSeconds: 900, reservedConcurrency: null },
    // Peaks at 150 MB, and waits for the database: five seconds on two processors for a month of 300,000 faxes.
    report: { memoryMb: 512, timeoutSeconds: 600, reservedConcurrency: null },
    'prepare-database': { memoryMb: 256, timeoutSeconds: 300, reservedConcurrency: null },
    migrate: { memoryMb: 256, timeoutSeconds: 840, reservedConcurrency: null },
  },
  loads: {
    batchSize: 10,
    batchingWindowSeconds: 5,
    concurrencyMax: 10,
    visibilitySeconds: 725,
    receivesMax: 5,
    retentionDays: 4,
    deadRetentionDays: 14,
  },
  schedules: {
    headMinutes: 1,
    trailingMinutes: 15,
    snapshotsMinutes: 60,
    auditMinutes: 60,
    auditHours: 26,
    reconcileMinutes: 1440,
    checkMinutes: 60,
    reportMinutes: 15,
    reportPageHour: 5,
    canaryMinutes: 1440,
  },
  callbacks: { ratePerSecond: 50, burst: 100, domain: null },
  landing: { oldVersionsDays: 30 },
  reports: { keptDays: 400 },
  logs: { retentionDays: 90 },
  alarms: ALARM_DEFAULTS,
};
