import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  Dashboard,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardGraphs } from './dashboard-graphs.ts';
import type { Operated, OperatedSettings } from './operated.ts';

/** A screen is so many columns wide. */
const COLUMNS = 24;
const TOP_ROWS = 4;
const GRAPH_ROWS = 6;
const ALARM_COLUMNS = 18;

/** What the dashboard is made of. */
export interface MirrorDashboardProps {
  readonly operated: Operated;
  readonly settings: OperatedSettings;
  readonly alarms: readonly Alarm[];
}

/**
 * One screen that answers, from left to right and top down: does anything ring, is the mirror fresh, does the money agree, and if not, which
 * part of the road is it.
 */
export class MirrorDashboard extends Dashboard {
  /** Where it is shown. */
  readonly url: string;

  constructor(scope: Construct, id: string, { operated, settings, alarms }: MirrorDashboardProps) {
    const { name } = settings;
    super(scope, id, { dashboardName: name, defaultInterval: Duration.hours(12) });
    const { region } = Stack.of(this);
    this.url = `https://console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`;
    const graphs = new DashboardGraphs(operated, settings);
    this.addWidgets(
      new AlarmStatusWidget({
        title: 'Alarms, the latest change first',
        alarms: [...alarms],
        sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
        width: ALARM_COLUMNS,
        height: TOP_ROWS,
      }),
      new TextWidget({ markdown: pointers(settings), width: COLUMNS - ALARM_COLUMNS, height: TOP_ROWS }),
    );
    const rows: ReadonlyArray<ReadonlyArray<(width: number, height: number) => IWidget>> = [
      [
        (width, height) => graphs.freshness(width, height),
        (width, height) => graphs.money(width, height),
        (width, height) => graphs.openFaxes(width, height),
        (width, height) => graphs.loaded(width, height),
      ],
      [
        (width, height) => graphs.matched(width, height),
        (width, height) => graphs.callbacks(width, height),
        (width, height) => graphs.provider(width, height),
        (width, height) => graphs.queues(width, height),
      ],
      [
        (width, height) => graphs.functions(width, height),
        (width, height) => graphs.database(width, height),
        (width, height) => graphs.setAside(width, height),
      ],
    ];
    for (const row of rows) this.addWidgets(...row.map((make) => make(COLUMNS / row.length, GRAPH_ROWS)));
  }
}

/** What to do about an alarm: its page bears the alarm's name. */
function pointers({ name, alarms: { runbookUrl } }: OperatedSettings): string {
  return [
    `An alarm \`${name}-<page>\` or \`${name}-<page>-<account>\` is explained in`,
    `${runbookUrl}&lt;page&gt;.md`,
    '',
    'First look: freshness, then queues, then functions.',
  ].join('\n');
}
