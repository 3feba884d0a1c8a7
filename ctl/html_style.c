#include <stddef.h>

#include "ctl/html_style.h"

/*
 * Colours stand in variables of :root alone, once light and once dark; text and what it
 * stands on are of the same rule, or any text on any paper: tests/ctl/test_overview.py
 * computes their contrast (7:1, WCAG 2.2 criterion 1.4.6).  On paper it is always light.
 * Bars have patterns too, since some see no colours and some printers have none.
 */
/* clang-format off */
static const char *const pieces[] = {
":root{--paper:#ffffff;--card:#f2f5f8;--ink:#161b20;--soft:#414b55;--line:#c3ccd4;"
"--good:#0a4f26;--good-paper:#e3f4e8;--look:#5c3b00;--look-paper:#fff1d2;"
"--bad:#7d1010;--bad-paper:#fdeaea;--part1:#1d6f8c;--part2:#a9b8c4;--part3:#b3261e;"
"--link:#0b4a75}\n",
"@media screen and (prefers-color-scheme:dark){"
":root{--paper:#12171c;--card:#1c242b;--ink:#eef2f5;--soft:#c0cad3;--line:#44515c;"
"--good:#a4e3ba;--good-paper:#10301c;--look:#ffdc9b;--look-paper:#382800;"
"--bad:#ffc4c0;--bad-paper:#421313;--part1:#5cb3d1;--part2:#5d6c78;--part3:#f2736a;"
"--link:#a3d3f5}}\n",
"*{box-sizing:border-box}\n",
"html{-webkit-text-size-adjust:100%}\n",
"body{margin:0 auto;padding:1.5rem 1.25rem 3rem;max-width:66rem;background:var(--paper);"
"color:var(--ink);font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,"
"\"Liberation Sans\",Arial,sans-serif}\n",
"h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}\n",
"h2{font-size:1.3rem;line-height:1.25;margin:2.75rem 0 .4rem;padding-top:.6rem;"
"border-top:3px solid var(--line)}\n",
"h3{font-size:1.05rem;margin:1.5rem 0 .3rem}\n",
"p,ul{margin:.4rem 0 .8rem;max-width:46rem}\n",
"header p{max-width:none}\n",
"a{color:var(--link)}\n",
".skip{position:absolute;left:-999rem}\n",
".skip:focus{left:1rem;top:.5rem;padding:.4rem .8rem;background:var(--card)}\n",
".soft,caption,footer{color:var(--soft)}\n",
"nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;max-width:none}\n",
".note{padding:.7rem 1rem;margin:.8rem 0;border-left:.4rem solid;border-radius:.25rem;"
"max-width:none}\n",
".note p{margin:.2rem 0}\n",
".good{color:var(--good);background:var(--good-paper)}\n",
".look{color:var(--look);background:var(--look-paper)}\n",
".bad{color:var(--bad);background:var(--bad-paper)}\n",
".plain{color:var(--ink);background:var(--card)}\n",
".mark{padding:.05rem .5rem;border-radius:.9rem;font-weight:600;white-space:nowrap}\n",
".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));"
"gap:.8rem;margin:1.1rem 0}\n",
".figure{padding:.8rem 1rem;border-radius:.5rem;color:var(--ink);background:var(--card)}\n",
".figure p{margin:0}\n",
".big{font-size:2.1rem;font-weight:700;line-height:1.15}\n",
".bar{display:flex;height:.85rem;min-width:2rem;overflow:hidden;border-radius:.2rem;"
"-webkit-print-color-adjust:exact;print-color-adjust:exact}\n",
".whole{margin:1rem 0 .6rem}\n",
".whole .bar{height:2rem}\n",
".bar>span{flex:none}\n",
".part1{background:var(--part1)}\n",
".part2{background:var(--part2)}\n",
".part3{background:repeating-linear-gradient(45deg,var(--part3) 0 .35rem,"
"var(--paper) .35rem .45rem)}\n",
".legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;"
"max-width:none}\n",
".legend .key{display:inline-block;width:1.1rem;height:.85rem;margin-right:.5rem;"
"border-radius:.15rem;-webkit-print-color-adjust:exact;print-color-adjust:exact}\n",
"table{border-collapse:collapse;width:100%;margin:.8rem 0 1.2rem;font-size:.95em}\n",
"caption{text-align:left;padding:0 0 .4rem;caption-side:top}\n",
"th,td{padding:.32rem .6rem;text-align:left;vertical-align:top;"
"border-bottom:1px solid var(--line)}\n",
"thead th{vertical-align:bottom;border-bottom:2px solid var(--line)}\n",
"tbody th{font-weight:600;min-width:9rem}\n",
".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n",
"thead th{font-size:.87em}\n",
    "thead .number{white-space:normal}\n",
"tbody .bar{margin:.32rem 0}\n",
"td[data-label=\"\"]{width:30%}\n",
    "tbody .soft{font-weight:400}\n",
    "td:not(.number){min-width:6rem}\n",
".domain,.foreign,code,li,p{overflow-wrap:anywhere}\n",
"dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.3rem 1.2rem}\n",
"dt{font-weight:600}\n",
"dd{margin:0}\n",
"@media screen and (max-width:44rem){"
"body{padding:1rem .9rem 2rem}"
"h1{font-size:1.55rem}"
".figures{grid-template-columns:1fr 1fr}"
".figure{padding:.6rem .7rem}"
".big{font-size:1.5rem}"
"table,tbody{display:block}"
"thead{position:absolute;left:-999rem}"
"caption{display:block}"
"tbody tr{display:flex;flex-wrap:wrap;gap:.05rem 1.1rem;padding:.45rem 0;"
"border-bottom:1px solid var(--line)}"
"tbody th,tbody td{border:0;padding:0;text-align:left}"
"tbody th{flex:0 0 100%;min-width:0}"
"td:not(.number){flex:1 1 100%;min-width:0}"
"td[data-label]:not([data-label=\"\"])::before{content:attr(data-label) \": \";color:var(--soft)}"
"dl{grid-template-columns:1fr}"
"dd{margin:0 0 .5rem}}\n",
"@media print{"
"@page{size:A4;margin:14mm}"
"html{font-size:9.5pt}"
    "body{padding:0;max-width:none}"
    ".figures{grid-template-columns:repeat(4,1fr)}"
    "th,td{padding:.2rem .35rem}"
    "tbody th{min-width:7rem}"
".skip,nav{display:none}"
"h2,h3,h4,h4+p,summary,caption{break-after:avoid}"
"h2{margin-top:1.4rem}"
"tr,.note,.figure,li{break-inside:avoid}"
    /* What can be unfolded is evidence: paper has all of it. */
    "details::details-content{content-visibility:visible;block-size:auto}"
"thead{display:table-header-group}"
".note,.figure,.mark{border:1px solid var(--line);-webkit-print-color-adjust:exact;"
"print-color-adjust:exact}}\n",
};
/* clang-format on */

void
html_style_put(FILE *out)
{
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		fputs(pieces[i], out);
}
