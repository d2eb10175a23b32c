/**
 * The colours of a drawing by what they mean. ECharts is given {@link paint} of one, and {@link compactSvg} makes a class of it, so that the style sheet
 * decides, in light and dark and on paper.
 */
const INKS = [
  'axis',
  'label',
  'grid',
  'success',
  'partial',
  'failure',
  'other',
  'charged',
  'rent',
  'credited',
  'incident',
  'heat0',
  'heat1',
  'heat2',
  'heat3',
  'heat4',
  'heat5',
] as const;

/** What a colour of a drawing means. */
export type Ink = (typeof INKS)[number];

/** A stand-in colour that ECharts passes on unchanged. */
export function paint(ink: Ink): string {
  return `#0a0b${(INKS.indexOf(ink) + 16).toString(16)}`;
}

const BY_COLOUR = new Map<string, Ink>(INKS.map((ink) => [paint(ink), ink]));

/**
 * What ECharts drew, without ids, inline styles and marks of series: the same chart gives the same text, and a third of the size. Neighbours of one colour
 * become one path. Coordinates have one decimal.
 */
export function compactSvg(drawn: string): string {
  const box = /viewBox="([\d. ]+)"/.exec(drawn)?.[1] ?? '0 0 1 1';
  const parts: string[] = [];
  let [openKind, openPath] = ['', ''];
  const flush = () => {
    if (openPath !== '') parts.push(`<path class="${openKind}" d="${openPath}"/>`);
    openPath = '';
  };
  for (const [, tag = '', attributes = '', content = ''] of drawn.matchAll(/<(path|polygon|text)\s([^>]*)>([^<]*)/g)) {
    const of = readAttributes(attributes);
    if (tag === 'text') {
      flush();
      parts.push(textElement(of, content));
      continue;
    }
    const fill = BY_COLOUR.get(of.get('fill') ?? '');
    const stroke = BY_COLOUR.get(of.get('stroke') ?? '');
    const path = shorter(tag === 'path' ? (of.get('d') ?? '') : polygonPath(of.get('points') ?? ''));
    const kind = fill === undefined ? (stroke === undefined ? null : `s-${stroke}`) : `f-${fill}`;
    if (kind === null || path === '') continue;
    if (openKind !== kind) flush();
    openKind = kind;
    openPath += path;
  }
  flush();
  return `<svg viewBox="${box}" aria-hidden="true" focusable="false">${parts.join('')}</svg>`;
}

function readAttributes(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

/** A label at its place; ECharts has escaped the content. */
function textElement(of: ReadonlyMap<string, string>, content: string): string {
  const [, left = '0', top = '0'] = /translate\((-?[\d.]+) (-?[\d.]+)\)/.exec(of.get('transform') ?? '') ?? [];
  const x = Number(of.get('x') ?? 0) + Number(left);
  const y = Number(of.get('y') ?? 0) + Number(top);
  const anchor = of.get('text-anchor');
  const kind = anchor === 'end' ? ' class="e"' : anchor === 'middle' ? ' class="m"' : '';
  return `<text${kind} x="${rounded(x)}" y="${rounded(y)}">${content}</text>`;
}

function polygonPath(points: string): string {
  const [first = '', second = '', ...rest] = points.split(/[ ,]+/);
  const pairs: string[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) pairs.push(`L${rest[at]} ${rest[at + 1]}`);
  return `M${first} ${second}${pairs.join('')}Z`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Bars without height are left out; numbers have one decimal. */
function shorter(path: string): string {
  const text = path.replace(/-?\d+\.\d+/g, (number) => rounded(Number(number)));
  return /^M-?[\d.]+ -?[\d.]+l-?[\d.]+ 0l0 -?0l/.test(text)
    ? ''
    : text.replace(/l(-?[\d.]+) 0l0 /g, 'h$1v').replace(/l(-?[\d.]+) 0Z/g, 'h$1z');
}
