/**
 * Every metric there is, with its unit. The names are an interface: alarms, the dashboard and the runbook speak of them.
 * Where one is a state rather than a sum, its line says when it is measured.
 */
export const METRIC_UNITS = {
  // pull: one run for one account
  /** How far the head is behind the present; told by every run that was to read the head, also by one that could not. */
  HeadLag: 'Seconds',
  /** How far a pass is behind where it may go; of every pass the run was asked for, also where it failed or nothing was due. */
  PassLag: 'Seconds',
  /** Requests sent to the provider, repeats included. */
  ProviderCalls: 'Count',
  /** Answers 429. */
  ProviderThrottled: 'Count',
  /** Requests that were repeats. */
  ProviderRetries: 'Count',
  ObjectsLanded: 'Count',
  /** 1 for a run in which anything failed, else 0. A run that another one kept from the account did not fail. */
  PullFailed: 'Count',
  /** 1 for a run whose API keys the provider refused, else 0. */
  CredentialsRefused: 'Count',
  /** Watched objects let go without an answer that settles them. */
  LookupsGivenUp: 'Count',
  // receive-callback: one request
  CallbacksTaken: 'Count',
  /** Taken before: nothing was done. */
  CallbacksRepeated: 'Count',
  /** Not signed by the provider, or not of its form. */
  CallbacksRefused: 'Count',
  /** Genuine, and could not be stored; the provider tries again. */
  CallbacksUnavailable: 'Count',
  /** Signed with another token than the first of the account: the provider still has the old one. */
  CallbacksByOldToken: 'Count',
  /** Of a type that the documentation does not name; stored all the same. */
  UnknownEvents: 'Count',
  // load: one batch of the queue
  /** Objects written to the warehouse; without those that were there already. */
  ObjectsLoaded: 'Count',
  RecordsLoaded: 'Count',
  /** Records and values that could not be taken as sent. */
  RecordsRejected: 'Count',
  /** Messages given back to the queue, also those of a batch whose rest was not tried; of an account where the object at fault is known. */
  LoadFailed: 'Count',
  /** From the answer of the provider to its rows in the warehouse, for each object. */
  LoadDelay: 'Seconds',
  // audit: one round over the landing zone
  /** Landed objects that the ledger lacks, the youngest left out. */
  ObjectsUnloaded: 'Count',
  /** Of these, announced again. */
  ObjectsAnnounced: 'Count',
  /** Of these, announced as often as is allowed: somebody has to look. */
  ObjectsGivenUp: 'Count',
  // reconcile, task measure: how the warehouse stands
  /** Live faxes created one to seven days ago that are not final. */
  FaxesOpenOverDay: 'Count',
  /** Records and values set aside and not resolved. */
  RejectedOpen: 'Count',
  /** Ways in which the provider left its documentation that were first seen during the last day. */
  DriftFields: 'Count',
  /** Faxes that are no tests and that listings of the last day showed to be gone. */
  FaxesGoneLive: 'Count',
  /** Listings of the last day that were not taken as complete. */
  ListingsIncomplete: 'Count',
  /** How long ago the provider gave the newest answer that is loaded. */
  LoadedAge: 'Seconds',
  /** How long ago the canary was sent that is in the warehouse. */
  CanaryAge: 'Seconds',
  // reconcile, both tasks: what the reconciliation left, over all months of the account
  /** US cents of exceptions of severity error that nobody has explained, as amounts without sign. */
  CentsUnexplained: 'Count',
  /** These exceptions, one for each fax, number, day or line that differs. */
  FaxesUnexplained: 'Count',
  /** Exceptions of severity warn that nobody has explained. */
  ExceptionsWarn: 'Count',
  /** US cents that the provider owes by the exceptions that are not settled. */
  CentsOwed: 'Count',
  /** Of the faxes held against their price in months that are not closed, those whose cost agrees; none where no fax was. Rounded down. */
  MatchRateCount: 'Percent',
  /** The same by their cost. */
  MatchRateMoney: 'Percent',
  /** How long ago the latest complete daily run ended; none before the first. */
  ReconcileAge: 'Seconds',
  // reconcile, the daily run of all checks
  /** Sums that reports read, of eight kinds, in which anything was not that of the tables; none where time did not suffice to compare. */
  RollupsDiffering: 'Count',
  // canary
  CanariesSent: 'Count',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds' | 'Percent'>>;

/** A metric that may be published. */
export type MetricName = keyof typeof METRIC_UNITS;

/**
 * Published for their account alone: how one account stands says nothing in a sum over several, and a series of its own for that would cost as
 * much as the account's. The others are published for their function as a whole too.
 */
export const ACCOUNT_METRICS: ReadonlySet<MetricName> = new Set([
  'FaxesOpenOverDay',
  'RejectedOpen',
  'DriftFields',
  'FaxesGoneLive',
  'ListingsIncomplete',
  'LoadedAge',
  'CentsUnexplained',
  'FaxesUnexplained',
  'ExceptionsWarn',
  'CentsOwed',
  'MatchRateCount',
  'MatchRateMoney',
  'ReconcileAge',
]);

/** What a metric is about: our own names, and nothing else can be said of one. */
export interface MetricScope {
  /** Key of the account in the settings. */
  readonly account?: string;
  /** Name of the pass. */
  readonly pass?: string;
}

/**
 * Where a run counts what it did. Numbers under fixed names, so that nothing personal can get in.
 * Nothing is published before {@link flush}, which every function calls at its end, also when it throws.
 */
export interface Metrics {
  /** Counts of one name and scope add up until they are flushed; seconds and per cents are kept each. A value that is not finite is left out. */
  add(name: MetricName, value: number, about?: MetricScope): void;
  /** Publishes what was added and begins anew. Never throws. */
  flush(): void;
}

/** Publishes nothing: the command line, the demo. */
export const NO_METRICS: Metrics = { add: () => {}, flush: () => {} };
