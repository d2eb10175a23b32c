/** The style sheet of the page: its colours are named here once, for light, dark and paper. Contrast of text is at least 4.5 to 1 in both. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f4f6f9;--card:#fff;--ink:#16202c;--soft:#546173;--line:#dfe5ec;--grid:#e8edf2;--link:#1c5fb8;
--ok:#2c8572;--part:#e0a336;--bad:#c54c39;--other:#a3afbd;--charged:#33496f;--rent:#8398bf;--credited:#55a3c9;--incident:#c54c3918;
--h0:#f3efe4;--h1:#f2ddb0;--h2:#efc077;--h3:#e39a5a;--h4:#d46f49;--h5:#b93d2e;
--good-ink:#1d6a59;--bad-ink:#a8341f;--warn-ink:#7d5605;--warn-bg:#fff6e0;--warn-line:#edcf8c;--fine-bg:#e9f5f1;--fine-line:#b5dacd;--code:#f1f4f8}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0f141a;--card:#171e26;--ink:#e7ecf2;--soft:#a3b1c1;--line:#2a3540;--grid:#25303b;--link:#8ab8f5;
--ok:#3fa48e;--part:#dba53f;--bad:#e0634e;--other:#5f6d7d;--charged:#7f9bd1;--rent:#4f6591;--credited:#4fb0dc;--incident:#e0634e2b;
--h0:#222b35;--h1:#4a4030;--h2:#7a5a34;--h3:#a9683b;--h4:#cf6d49;--h5:#f0745c;
--good-ink:#6cd3bb;--bad-ink:#ff9a85;--warn-ink:#e9bd62;--warn-bg:#2e2716;--warn-line:#6b5626;--fine-bg:#16291f;--fine-line:#2d5a46;--code:#10161d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
.page{max-width:1160px;margin:0 auto;padding:20px 20px 40px}
a{color:var(--link)}
h1{font-size:23px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:15px;line-height:1.3;margin:0}
h3{font-size:13px;margin:14px 0 4px}
p{margin:0}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:flex-end;gap:4px 24px;margin-bottom:12px}
.sub{color:var(--soft);font-size:13px;margin:1px 0 8px}
.top .sub{margin:0}
.look{background:var(--warn-bg);border:1px solid var(--warn-line);border-radius:10px;padding:10px 14px;margin-bottom:12px}
.look.fine{background:var(--fine-bg);border-color:var(--fine-line)}
.look.plain{background:var(--card);border-color:var(--line)}
.look ul{margin:3px 0 0;padding:0;list-style:none}
.look li{padding:1px 0 1px 14px;position:relative}
.look li::before{content:"";position:absolute;left:1px;top:8px;width:6px;height:6px;border-radius:3px;background:var(--part)}
.look li.grave::before{background:var(--bad)}
.look li.plain::before{background:var(--other)}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:10px;margin:0 0 12px}
.tiles>div,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tiles>div{padding:10px 12px;display:flex;flex-direction:column;min-width:0}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{margin:0}
.tiles .v{font-size:22px;font-weight:650;letter-spacing:-.02em;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles .x{color:var(--soft);font-size:12px}
.good{color:var(--good-ink)}
.bad{color:var(--bad-ink)}
.warn{color:var(--warn-ink)}
.row{display:grid;gap:12px;margin-bottom:12px;grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.row.lead{grid-template-columns:minmax(0,17fr) minmax(0,10fr)}
.stack{display:grid;gap:12px;align-content:start;min-width:0}
.card{padding:13px 16px 12px;min-width:0}
.card:target{outline:2px solid var(--link)}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart .narrow{display:none}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft);dominant-baseline:central}
svg .e{text-anchor:end}
svg .m{text-anchor:middle}
.s-grid{stroke:var(--grid);fill:none}
.s-axis{stroke:var(--other);fill:none}
.f-success{fill:var(--ok)}
.f-partial{fill:var(--part)}
.f-failure{fill:var(--bad)}
.f-other{fill:var(--other)}
.f-charged{fill:var(--charged)}
.f-rent{fill:var(--rent)}
.f-credited{fill:var(--credited)}
.f-incident{fill:var(--incident)}
.f-heat0,.f-heat1,.f-heat2,.f-heat3,.f-heat4,.f-heat5{stroke:var(--card);stroke-width:2}
.f-heat0{fill:var(--h0)}
.f-heat1{fill:var(--h1)}
.f-heat2{fill:var(--h2)}
.f-heat3{fill:var(--h3)}
.f-heat4{fill:var(--h4)}
.f-heat5{fill:var(--h5)}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 4px;padding:0;list-style:none;color:var(--soft);font-size:12px}
.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px}
.chart+.legend{margin-top:6px}
.k-success{background:var(--ok)}
.k-partial{background:var(--part)}
.k-failure{background:var(--bad)}
.k-other{background:var(--other)}
.k-charged{background:var(--charged)}
.k-rent{background:var(--rent)}
.k-credited{background:var(--credited)}
.k-incident{background:var(--incident);box-shadow:inset 0 0 0 1px var(--bad)}
.k-heat0{background:var(--h0);box-shadow:inset 0 0 0 1px var(--line)}
.k-heat1{background:var(--h1)}
.k-heat2{background:var(--h2)}
.k-heat3{background:var(--h3)}
.k-heat4{background:var(--h4)}
.k-heat5{background:var(--h5)}
table{width:100%;border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400;overflow-wrap:break-word}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-size:12px;vertical-align:bottom}
tbody:last-child tr:last-child>*,tfoot *{border-bottom:0}
tfoot *{font-weight:600}
.n{text-align:right;white-space:nowrap}
.own{overflow-wrap:anywhere}
.soft{color:var(--soft)}
small{font-size:12px;color:var(--soft)}
.halves th:first-child{width:40%}
.bars td:last-child{width:24%;padding-left:6px}
.bar{display:block;height:8px;min-width:2px;border-radius:2px;background:var(--charged);margin-top:6px}
.none{color:var(--soft);padding:6px 0}
.verdict{font-size:15px;font-weight:600;margin:2px 0 6px}
.verdict small{font-weight:400;white-space:nowrap}
.more{margin-top:8px;font-size:12px;display:flex;flex-wrap:wrap;gap:2px 16px}
.more details{min-width:0}
.more details[open]{flex-basis:100%}
summary{cursor:pointer;color:var(--soft);padding:3px 0}
pre{margin:4px 0;padding:10px 12px;background:var(--code);border:1px solid var(--line);border-radius:8px;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
.scroll{max-height:340px;overflow:auto}
.facts{margin:0;font-size:13px}
.facts div{display:grid;grid-template-columns:minmax(110px,32%) 1fr;gap:0 12px;padding:5px 0;border-bottom:1px solid var(--line)}
.facts div:last-child{border:0}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
.foot{color:var(--soft);font-size:12px;margin-top:16px}
.hid{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media screen and (min-width:981px),print{.side .chart .wide{display:none}.side .chart .narrow{display:block}}
@media screen and (max-width:980px){.tiles{grid-template-columns:repeat(3,1fr)}.row,.row.lead{grid-template-columns:minmax(0,1fr)}}
@media screen and (max-width:620px){.page{padding:14px 12px 28px}.tiles{grid-template-columns:repeat(2,1fr)}.chart .wide{display:none}.chart .narrow{display:block}.card{padding:12px}th,td{padding-right:7px}.bars td:last-child{width:18%}}
@page{size:A4;margin:11mm}
@media print{body{background:#fff;font-size:11px}.page{max-width:none;padding:0}.more,.ask{display:none}.card,.tiles>div,.look{break-inside:avoid}
.row,.tiles,.look{margin-bottom:8px}.row,.stack{gap:8px}.tiles{gap:6px}.tiles .v{font-size:16px}.tiles dt,.tiles .x,small,thead th,.legend{font-size:10px}.facts,.sub{font-size:11px}.card{padding:9px 11px}
th,td{padding:3px 7px 3px 0}table{font-size:10px}.row.lead{grid-template-columns:minmax(0,11fr) minmax(0,9fr)}.verdict{font-size:12px}svg text{font-size:13px}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
