/** When somebody is told. Thresholds, each with its unit; the alarms themselves are in `alarms.ts`. */
export interface AlarmSettings {
  /** Gets a message for every alarm, after confirming the subscription; null: nobody is subscribed to the topic. */
  readonly email: string | null;
}

/** What holds where nothing is said. */
export const ALARM_DEFAULTS: AlarmSettings = {
  email: null,
};
