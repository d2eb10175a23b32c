import type { ComparisonOperator, IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * How soon somebody should look: `PAGE` now, day or night; `WORKDAY` on the next working day; `LOOK` when there is time. It is the first
 * word of the message, so that a filter can sort by it.
 */
export type Urgency = 'PAGE' | 'WORKDAY' | 'LOOK';

/** One alarm before it is made. */
export interface AlarmPlan {
  /** The runbook's page, docs/runbook/<page>.md, and the alarm's name. Several alarms may share a page, each with its `part`. */
  readonly page: string;
  /** What of the page it is about: an account, a function. */
  readonly part?: string;
  readonly urgency: Urgency;
  /** One sentence: what is the matter, and what it means. */
  readonly says: string;
  /** Its period is the alarm's. */
  readonly metric: IMetric;
  /** Default: above the threshold. */
  readonly comparison?: ComparisonOperator;
  readonly threshold: number;
  /** Latest periods that are looked at. */
  readonly periods: number;
  /** How many of them must be beyond the threshold; default: all. */
  readonly datapoints?: number;
  readonly missing: TreatMissingData;
}
