import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { timeColumns } from './columns-of-time.ts';
import { spanText } from './figures.ts';
import { type Html, html, trusted } from './html.ts';
import { findIncidents } from './incidents.ts';
import { lookFirst } from './look-first.ts';
import { momentText, rangeText } from './range.ts';
import { billSection } from './section-bill.ts';
import { costSection, numbersCostSection, tagsSection } from './section-cost.ts';
import { failuresSection, outcomesSection } from './section-outcomes.ts';
import { numbersSection, outlookSection } from './section-outlook.ts';
import { askSection, behindMinutes, trustSection } from './section-trust.ts';
import { areasSection, hoursSection, speedSection } from './section-where.ts';
import { STYLE } from './style.ts';
import { tiles } from './tiles.ts';

/** The page as one HTML document; the same data give the same text. `flags` are those that the commands it names need, a space before each. */
export function renderReport(data: ReportPageData, flags = ''): string {
  const time = timeColumns(data);
  const incidents = findIncidents(data);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Fax report: ${data.account}, ${rangeText(data, true)}</title><style>${trusted(STYLE)}</style></head><body><div class="page">
${header(data)}
<main>
${lookFirst(data, incidents, flags)}
${tiles(data)}
<div class="row lead"><div class="stack">${outcomesSection(data, time, incidents)}${costSection(data, time)}${failuresSection(data)}</div><div class="stack side">${billSection(data, flags)}${outlookSection(data)}${hoursSection(data)}</div></div>
<div class="row">${tagsSection(data)}${numbersCostSection(data)}</div>
<div class="row"><div class="stack">${areasSection(data, flags)}${trustSection(data)}</div><div class="stack">${speedSection(data)}${numbersSection(data)}${askSection(flags)}</div></div>
</main>
<footer class="foot">Made by faxsync from the views of schema report, and from tables where no view has a count, all of one state of the database. Every section holds the SQL that gave its figures.</footer>
</div></body></html>
`.toString();
}

function header(data: ReportPageData): Html {
  const minutes = behindMinutes(data);
  const behind = minutes === null ? 'faxes never listed' : `${spanText(minutes)} behind the provider`;
  return html`<header class="top"><div><h1>Fax report: ${data.account}</h1><p class="sub">${rangeText(data, true)}, ${data.zone} · left out: telephone numbers but for two digits of own ones and areas, names of recipients, tags of fewer than ${data.groupMin} faxes</p></div><p class="sub">as of ${momentText(data.now, data.zone)} · ${behind}</p></header>`;
}
