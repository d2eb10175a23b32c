import { describe, expect, it } from 'vitest';
import { heatMap, rankedBars, stackedBars } from '../../src/report/chart.ts';

const labels = Array.from({ length: 30 }, (_, at) => `day ${at}`);
const of = { labels, bands: [], labelsMax: 5, format: String, leftWidth: 40 };

/** The text of the path of one colour. */
function path(svg: string, kind: string): string {
  return new RegExp(`<path class="${kind}" d="([^"]*)"`).exec(svg)?.[1] ?? '';
}

describe('stackedBars', () => {
  it('shades exactly the columns of a band, however few are labelled', () => {
    const values = labels.map(() => 10);
    const svg = stackedBars(
      { width: 640, height: 200 },
      { ...of, layers: [{ ink: 'failure', values }], bands: [{ first: 12, last: 14 }] },
    );
    // 640 less 40 and 4 at the sides, in 30 columns.
    const width = 596 / 30;
    const [left = 0, right = 0] =
      /^M([\d.]+) [\d.]+L([\d.]+) /.exec(path(svg, 'f-incident'))?.slice(1).map(Number) ?? [];
    expect(left).toBeCloseTo(40 + 12 * width, 0);
    expect(right).toBeCloseTo(40 + 15 * width, 0);
  });

  it('draws a bar for each value that is not zero, as one path a colour', () => {
    const svg = stackedBars(
      { width: 640, height: 200 },
      {
        ...of,
        layers: [
          { ink: 'charged', values: labels.map((_, at) => at % 2) },
          { ink: 'credited', values: labels.map(() => -1) },
        ],
      },
    );
    expect(path(svg, 'f-charged').match(/M/g)).toHaveLength(15);
    expect(path(svg, 'f-credited').match(/M/g)).toHaveLength(30);
    expect(svg.match(/<path class="f-/g)).toHaveLength(2);
  });

  it('has no colour, id or style of its own, and coordinates of one decimal', () => {
    const svg = stackedBars(
      { width: 641, height: 203 },
      { ...of, layers: [{ ink: 'success', values: labels.map((_, at) => at / 7) }] },
    );
    expect(svg).not.toMatch(/style|#|\bid=|zr\d|ecmeta|\.\d\d/);
    expect(svg).toBe(
      stackedBars(
        { width: 641, height: 203 },
        { ...of, layers: [{ ink: 'success', values: labels.map((_, at) => at / 7) }] },
      ),
    );
  });
});

describe('rankedBars', () => {
  it('puts the first row on top and escapes what it is called', () => {
    const rows = [
      { label: '<b>&', value: 9, text: '9' },
      { label: 'second', value: 3, text: '3' },
    ];
    const svg = rankedBars({ width: 400, height: 80 }, { rows, ink: 'failure', leftWidth: 90 });
    const heightOf = (label: string) => Number(new RegExp(`y="([\\d.]+)">${label}<`).exec(svg)?.[1]);
    expect(heightOf('&lt;b&gt;&amp;')).toBeLessThan(heightOf('second'));
  });
});

describe('heatMap', () => {
  it('colours a cell by the step its value falls into, ends included', () => {
    const svg = heatMap(
      { width: 300, height: 60 },
      {
        columns: ['0', '1', '2'],
        rows: ['Mon'],
        cells: [0, 50, 51].map((value, column) => ({ column, row: 0, value })),
        steps: [
          { ink: 'heat0', upTo: 50 },
          { ink: 'heat5', upTo: null },
        ],
        labelEvery: 1,
      },
    );
    expect(path(svg, 'f-heat0').match(/M/g)).toHaveLength(2);
    expect(path(svg, 'f-heat5').match(/M/g)).toHaveLength(1);
  });
});
