import type pg from 'pg';
import { FaxsyncError } from '../domain/errors.ts';
import { DASHBOARD_CHOICES, DASHBOARD_PANELS, type DashboardPanel } from './dashboard-panels.ts';
import { readReportViews } from './report-views.ts';

const SOURCE = { type: 'grafana-postgresql-datasource', uid: `\${DS}` };
const COLUMNS = 24;
const HEIGHT: Readonly<Record<DashboardPanel['kind'], number>> = { stat: 5, table: 9, timeseries: 9 };

/** What a column's name says of its unit, as everywhere in the warehouse. */
const UNITS: ReadonlyArray<readonly [names: string, unit: string]> = [
  ['/_usd$/', 'currencyUSD'],
  ['/_share$/', 'percentunit'],
  ['/_hours$/', 'h'],
  ['/_minutes$/', 'm'],
  ['/_percent$/', 'percent'],
  ['/_seconds$|^seconds_/', 's'],
  ['/^days_|_days$/', 'd'],
  ['/_count$/', 'short'],
];

/**
 * A Grafana dashboard (11 or later) over schema report, as the JSON that its import takes. Panels are explained by the comments of their views; units follow
 * from the names of columns. Days are those of the billing zone, and so the dashboard's clock is UTC, which shows a date as it is.
 * @throws {FaxsyncError} code `dashboard_view_missing` for a panel whose view is not there.
 */
export async function describeDashboard(pool: pg.Pool): Promise<string> {
  const meanings = new Map((await readReportViews(pool)).map(({ name, meaning }) => [name, meaning]));
  const at = { x: 0, y: 0, height: 0 };
  const panels = DASHBOARD_PANELS.map((panel, index) => {
    const meaning = meanings.get(panel.view);
    if (meaning === undefined) {
      throw new FaxsyncError(
        `The dashboard shows report.${panel.view}, which is not there: see src/warehouse/dashboard-panels.ts.`,
        {
          code: 'dashboard_view_missing',
        },
      );
    }
    const h = HEIGHT[panel.kind];
    if (at.x + panel.width > COLUMNS) {
      at.x = 0;
      at.y += at.height;
      at.height = 0;
    }
    const gridPos = { x: at.x, y: at.y, w: panel.width, h };
    at.x += panel.width;
    at.height = Math.max(at.height, h);
    return panelJson(panel, index + 1, `${meaning} View report.${panel.view}.`, gridPos);
  });
  const dashboard = {
    title: 'faxsync',
    uid: 'faxsync',
    description:
      'Cost, outcomes and state of the mirrored fax account. Written by "npm run generate"; docs/exports.md says how to use it.',
    tags: ['faxsync'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'utc',
    time: { from: 'now-90d', to: 'now' },
    refresh: '15m',
    annotations: { list: [] },
    links: [],
    templating: { list: [dataSourceChoice(), ...DASHBOARD_CHOICES.map(choiceJson)] },
    panels,
  };
  // Lists of one word stand on one line, as the formatter of the project has them.
  const text = JSON.stringify(dashboard, null, 2).replaceAll(/\[\n\s+("[^"\n]*")\n\s+\]/g, '[$1]');
  return `${text}\n`;
}

function dataSourceChoice() {
  return {
    name: 'DS',
    label: 'Data source',
    type: 'datasource',
    query: SOURCE.type,
    current: {},
    hide: 0,
    refresh: 1,
    regex: '',
  };
}

function choiceJson({ name, label, sql, isMany }: (typeof DASHBOARD_CHOICES)[number]) {
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    definition: sql,
    query: sql,
    multi: isMany,
    includeAll: isMany,
    current: isMany ? { selected: true, text: ['All'], value: ['$__all'] } : {},
    // When the range of time changes, as what is listed may depend on it.
    refresh: 2,
    sort: 1,
    hide: 0,
    regex: '',
  };
}

function panelJson(panel: DashboardPanel, id: number, description: string, gridPos: object) {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description,
    gridPos,
    datasource: SOURCE,
    targets: [
      {
        refId: 'A',
        datasource: SOURCE,
        editorMode: 'code',
        rawQuery: true,
        format: panel.kind === 'timeseries' ? 'time_series' : 'table',
        rawSql: panel.sql,
      },
    ],
    fieldConfig: {
      defaults: {
        ...(panel.unit === undefined ? {} : { unit: panel.unit }),
        ...(panel.isFromZero === true ? { min: 0 } : {}),
        ...(panel.kind === 'timeseries' ? { custom: seriesStyle(panel.isStacked === true) } : {}),
      },
      overrides: UNITS.map(([options, unit]) => ({
        matcher: { id: 'byRegexp', options },
        properties: [{ id: 'unit', value: unit }],
      })),
    },
    options: optionsOf(panel.kind),
  };
}

/** Bars for what adds up, lines for the rest. */
function seriesStyle(isStacked: boolean) {
  return isStacked
    ? { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking: { mode: 'normal', group: 'A' } }
    : { drawStyle: 'line', fillOpacity: 10, lineWidth: 2, showPoints: 'auto' };
}

function optionsOf(kind: DashboardPanel['kind']) {
  switch (kind) {
    case 'stat':
      return {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'none',
        graphMode: 'none',
        textMode: 'auto',
      };
    case 'table':
      return { showHeader: true, cellHeight: 'sm' };
    case 'timeseries':
      return {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'none' },
      };
  }
}
