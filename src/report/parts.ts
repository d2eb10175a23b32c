import type { Asked } from '../warehouse/report-page-ask.ts';
import { type Html, type HtmlValue, html, trusted } from './html.ts';

/** A column of a table: its heading, and whether it holds figures, which stand to the right. */
export interface Column {
  readonly heading: string;
  readonly isFigure?: boolean;
}

/** Columns by their headings; one that begins with `#` holds figures. */
export function columns(...headings: readonly string[]): Column[] {
  return headings.map((heading) =>
    heading.startsWith('#') ? { heading: heading.slice(1), isFigure: true } : { heading },
  );
}

/** A table with a caption for those who cannot see it; the first cell of each row is its heading. `look` is a class of the style sheet; `total` a row below the others that adds them up. */
export function table(
  caption: string,
  of: readonly Column[],
  rows: ReadonlyArray<readonly HtmlValue[]>,
  look = '',
  total: readonly HtmlValue[] | null = null,
): Html {
  const head = of.map(({ heading, isFigure }) => html`<th scope="col"${figureClass(isFigure)}>${heading}</th>`);
  const rowOf = (cells: readonly HtmlValue[]) => {
    const [first = null, ...rest] = cells;
    const others = rest.map((cell, at) => html`<td${figureClass(of[at + 1]?.isFigure)}>${cell}</td>`);
    return html`<tr><th scope="row"${figureClass(of[0]?.isFigure)}>${first}</th>${others}</tr>`;
  };
  const foot = total === null ? null : html`<tfoot>${rowOf(total)}</tfoot>`;
  return html`<table${trusted(look === '' ? '' : ` class="${look}"`)}><caption class="hid">${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows.map(rowOf)}</tbody>${foot}</table>`;
}

function figureClass(isFigure: boolean | undefined): Html {
  return trusted(isFigure === true ? ' class="n"' : '');
}

/** A section of the page in a box of its own. */
export function card(
  of: { readonly id: string; readonly title: string; readonly note: HtmlValue },
  ...body: readonly HtmlValue[]
): Html {
  return html`<section class="card" id="${of.id}" aria-labelledby="${of.id}-h"><h2 id="${of.id}-h">${of.title}</h2><p class="sub">${of.note}</p>${body}</section>
`;
}

/** A drawing for wide and for narrow screens under one name for those who cannot see it. */
export function figure(name: string, drawings: { readonly wide: string; readonly narrow: string }): Html {
  return html`<div class="chart" role="img" aria-label="${name}"><div class="wide">${trusted(drawings.wide)}</div><div class="narrow">${trusted(drawings.narrow)}</div></div>`;
}

/** What the colours of a drawing mean. */
export function legend(...entries: ReadonlyArray<readonly [ink: string, meaning: string]>): Html {
  return html`<ul class="legend">${entries.map(([ink, meaning]) => html`<li><i class="k-${ink}"></i>${meaning}</li>`)}</ul>`;
}

/** The figures behind a drawing, folded, and the queries that gave them, to be copied. */
export function evidence(asked: ReadonlyArray<Asked<unknown>>, figures: Html | null): Html {
  const data =
    figures === null
      ? null
      : html`<details><summary>Figures</summary><div class="scroll" tabindex="0" role="group" aria-label="Figures">${figures}</div></details>`;
  return html`<div class="more">${data}<details><summary>SQL</summary>${asked.map(({ sql }) => html`<pre>${sql}</pre>`)}</details></div>`;
}

/** Commands to be copied, one a line, with the flags they need. */
export function commandLines(flags: string, ...commands: readonly string[]): Html {
  return html`<pre>${commands.map((command) => `npm run -s faxsync -- ${command}${flags}`).join('\n')}</pre>`;
}

/** A command in a sentence. */
export function quotedCommand(flags: string, command: string): string {
  return `“faxsync ${command}${flags}”`;
}

/** A sentence where there is nothing to show. */
export function nothing(text: string): Html {
  return html`<p class="none">${text}</p>`;
}

/** A name with what there is to say of it. */
export type Fact = readonly [name: string, value: HtmlValue];

/** Names with what there is to say of them. */
export function facts(rows: readonly Fact[]): Html {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
