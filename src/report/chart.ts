import { BarChart, type BarSeriesOption, HeatmapChart, type HeatmapSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  MarkAreaComponent,
  VisualMapComponent,
  type VisualMapComponentOption,
} from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { compactSvg, type Ink, paint } from './svg.ts';

use([BarChart, HeatmapChart, GridComponent, MarkAreaComponent, VisualMapComponent, SVGRenderer]);

type ChartOption = ComposeOption<
  BarSeriesOption | HeatmapSeriesOption | GridComponentOption | VisualMapComponentOption
>;

/** The size of a drawing in CSS pixels at which its text has its own size. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One kind of bars in a stack. */
export interface Layer {
  readonly ink: Ink;
  /** One a column; below zero they hang from the axis. */
  readonly values: readonly number[];
}

/** Columns that belong together, from the first to the last, by their place. */
export interface Band {
  readonly first: number;
  readonly last: number;
}

const FONT = 12;

function draw(size: Size, option: ChartOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, textStyle: { fontSize: FONT }, ...option });
    return compactSvg(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

const LABEL = { color: paint('label'), fontSize: FONT };

function valueAxis(format: (value: number) => string) {
  return {
    type: 'value' as const,
    splitNumber: 4,
    minInterval: 1,
    axisLabel: { ...LABEL, formatter: format },
    splitLine: { lineStyle: { color: paint('grid') } },
  };
}

/** Stacked bars over time; bands are shaded. At most `labelsMax` columns are named. */
export function stackedBars(
  size: Size,
  of: {
    readonly labels: readonly string[];
    readonly layers: readonly Layer[];
    readonly bands: readonly Band[];
    readonly labelsMax: number;
    readonly format: (value: number) => string;
    readonly leftWidth: number;
  },
): string {
  const { labels, layers, bands, format } = of;
  const every = Math.max(1, Math.ceil(labels.length / of.labelsMax));
  return draw(size, {
    grid: { left: of.leftWidth, right: 4, top: 12, bottom: 24 },
    xAxis: {
      type: 'category',
      data: labels.map((_, index) => String(index)),
      // Shaded bands snap to ticks, which without this stand only where a label does.
      axisTick: { show: false, interval: 0 },
      axisLine: { onZero: true, lineStyle: { color: paint('axis') } },
      axisLabel: {
        ...LABEL,
        interval: (index: number) => index % every === 0,
        formatter: (index: string) => labels[Number(index)] ?? '',
        hideOverlap: true,
      },
      // Credits hang below the axis; its labels stay at the bottom of the drawing.
      position: 'bottom',
    },
    yAxis: valueAxis(format),
    series: layers.map(({ ink, values }, at) => ({
      type: 'bar' as const,
      stack: 'all',
      data: [...values],
      itemStyle: { color: paint(ink) },
      barCategoryGap: labels.length > 45 ? '18%' : '28%',
      barMaxWidth: 42,
      silent: true,
      emphasis: { disabled: true },
      ...(at === 0 && bands.length > 0
        ? {
            markArea: {
              silent: true,
              itemStyle: { color: paint('incident') },
              label: { show: false },
              data: bands.map(({ first, last }): [{ xAxis: string }, { xAxis: string }] => [
                { xAxis: String(first) },
                { xAxis: String(last) },
              ]),
            },
          }
        : {}),
    })),
  });
}

/** Horizontal bars, the first at the top, each with its text at the end. */
export function rankedBars(
  size: Size,
  of: {
    readonly rows: ReadonlyArray<{ readonly label: string; readonly value: number; readonly text: string }>;
    readonly ink: Ink;
    readonly leftWidth: number;
  },
): string {
  const rows = [...of.rows].reverse();
  return draw(size, {
    grid: { left: of.leftWidth, right: 78, top: 2, bottom: 2 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      data: rows.map(({ label }) => label),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: LABEL,
    },
    series: [
      {
        type: 'bar',
        data: rows.map(({ value }) => value),
        itemStyle: { color: paint(of.ink) },
        barCategoryGap: '34%',
        barMaxWidth: 18,
        label: {
          show: true,
          position: 'right',
          ...LABEL,
          formatter: ({ dataIndex }) => rows[dataIndex]?.text ?? '',
        },
        silent: true,
        emphasis: { disabled: true },
      },
    ],
  });
}

/** Steps of a heat map, from nothing to the worst: a value up to `upTo` has the colour. */
export interface HeatStep {
  readonly ink: Ink;
  /** Itself included; null: everything above. */
  readonly upTo: number | null;
}

/** A field of coloured cells, the first row at the top. */
export function heatMap(
  size: Size,
  of: {
    readonly columns: readonly string[];
    readonly rows: readonly string[];
    readonly cells: ReadonlyArray<{ readonly column: number; readonly row: number; readonly value: number }>;
    readonly steps: readonly HeatStep[];
    readonly labelEvery: number;
  },
): string {
  const pieces = of.steps.map(({ ink, upTo }, at) => {
    const above = of.steps[at - 1]?.upTo ?? null;
    return { color: paint(ink), ...(above === null ? {} : { gt: above }), ...(upTo === null ? {} : { lte: upTo }) };
  });
  return draw(size, {
    grid: { left: 34, right: 2, top: 2, bottom: 22 },
    xAxis: {
      type: 'category',
      data: [...of.columns],
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...LABEL, interval: (index: number) => index % of.labelEvery === 0 },
    },
    yAxis: {
      type: 'category',
      data: [...of.rows],
      inverse: true,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...LABEL, interval: 0 },
    },
    visualMap: { type: 'piecewise', show: false, dimension: 2, pieces },
    series: [
      {
        type: 'heatmap',
        data: of.cells.map(({ column, row, value }) => [column, row, value]),
        itemStyle: { borderWidth: 0 },
        silent: true,
        emphasis: { disabled: true },
      },
    ],
  });
}
