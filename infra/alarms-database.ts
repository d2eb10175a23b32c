import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { databaseMetric } from './alarm-metrics.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { connectionsAllowed } from './check-settings.ts';
import type { Operated, OperatedSettings } from './operated.ts';

/** Alarms of our own database; none with a warehouse of somebody else's, who has alarms for it. */
export function databaseAlarms({ cluster }: Operated, { alarms, warehouse }: OperatedSettings): AlarmPlan[] {
  if (cluster === null) return [];
  const fiveMinutes = Duration.minutes(5);
  const quarter = Duration.minutes(15);
  // A paused cluster publishes nothing, and is well.
  const missing = TreatMissingData.NOT_BREACHING;
  return [
    {
      page: 'database-connections',
      urgency: 'WORKDAY',
      says: `More than ${Math.round(alarms.connectionsShare * 100)} % of the database's connections are in use.`,
      metric: databaseMetric(cluster, 'DatabaseConnections', 'Maximum', fiveMinutes),
      threshold: Math.floor(alarms.connectionsShare * connectionsAllowed(warehouse)),
      periods: 3,
      missing,
    },
    {
      page: 'database-capacity',
      urgency: 'LOOK',
      says: `The database has worked at more than ${alarms.capacityPercent} % of its largest capacity for an hour.`,
      metric: databaseMetric(cluster, 'ACUUtilization', 'Average', quarter),
      threshold: alarms.capacityPercent,
      periods: 4,
      missing,
    },
    {
      page: 'database-deadlocks',
      urgency: 'LOOK',
      says: 'Transactions deadlock again and again. Ours take turns, so something else writes to the warehouse.',
      metric: databaseMetric(cluster, 'Deadlocks', 'Average', fiveMinutes),
      threshold: 0,
      periods: 3,
      missing,
    },
  ];
}
