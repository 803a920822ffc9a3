/**
 * Calm where nothing is at stake, unmistakable where something is: red means loss, and nothing else is red. System fonts, no
 * images. Contrast is at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3).
 */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --ground: #f6f4f0; --panel: #fffefb; --ink: #211d18; --soft: #655d52; --line: #ddd6ca; --code: #f1ede5;
  --accent: #2b5d7d; --on-accent: #ffffff;
  --loss: #b42318; --loss-ground: #fdf0ed; --loss-line: #e7a79d; --destroy: #b42318; --on-destroy: #ffffff;
  --warn: #7a4d00; --warn-ground: #fbf1d8; --calm: #2c6140; --calm-ground: #e6f1e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #171512; --panel: #201d19; --ink: #ece7df; --soft: #a89f92; --line: #3a352e; --code: #12100e;
    --accent: #8fc1e0; --on-accent: #10222e;
    --loss: #ff9b8d; --loss-ground: #371a16; --loss-line: #8d3b31; --destroy: #c5301f; --on-destroy: #ffffff;
    --warn: #f0c674; --warn-ground: #352a12; --calm: #9bd0a6; --calm-ground: #1a2e20;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: anywhere;
}
.wide { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-top: 1.75rem !important; padding-bottom: 2.5rem !important; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; letter-spacing: -0.012em; text-wrap: balance; }
h2 { font-size: 1.05rem; margin: 2rem 0 0.6rem; }
h3 { font-size: 1.05rem; margin: 0 0 0.4rem; }
p { margin: 0 0 0.7rem; }
a { color: var(--accent); text-underline-offset: 0.18em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--panel); padding: 0.5rem 0.8rem; z-index: 1; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { background: var(--panel); border-bottom: 1px solid var(--line); }
.top .wide { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1.4rem; padding-top: 0.6rem; padding-bottom: 0.6rem; }
.brand { display: inline-flex; align-items: center; gap: 0.55rem; color: var(--ink); font-weight: 650; text-decoration: none; }
.top nav { display: flex; gap: 1.1rem; }
.top nav a { color: var(--soft); text-decoration: none; padding: 0.35rem 0; border-bottom: 2px solid transparent; }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
.dot { font-size: 0.78rem; color: var(--warn); background: var(--warn-ground); border-radius: 1em; padding: 0.1em 0.6em; }
.who { margin-left: auto; display: flex; align-items: center; gap: 0.7rem; color: var(--soft); }

.line { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 0.6rem; margin: 0 0 0.4rem; }
.small { font-size: 0.875rem; color: var(--soft); }
.small.line > *:not(:last-child)::after { content: "·"; margin-left: 0.6rem; color: var(--soft); font-weight: 400; }
.hint { font-size: 0.875rem; color: var(--soft); }
.id { font-variant-numeric: tabular-nums; }
.tag { display: inline-block; font-size: 0.8rem; line-height: 1.35; padding: 0.1em 0.6em; border-radius: 1em; border: 1px solid var(--line); color: var(--soft); background: var(--panel); }
.tag.danger { color: var(--loss); background: var(--loss-ground); border-color: var(--loss-line); font-weight: 600; }
.tag.calm, .tag.state-released, .tag.state-approved { color: var(--calm); background: var(--calm-ground); border-color: transparent; }
.tag.warn, .tag.state-waiting { color: var(--warn); background: var(--warn-ground); border-color: transparent; }
.lasting { color: var(--loss); font-weight: 600; }
.soon { color: var(--loss); font-weight: 600; }
code, .digest { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 0.92em; }
.digest { white-space: nowrap; }

.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem 1.3rem; }
.panel > h2:first-child { margin-top: 0; }
.panel.danger { border-color: var(--loss-line); border-top: 4px solid var(--loss); }
.narrow { max-width: 27rem; margin: 4vh auto 0; padding: 1.8rem; }
.empty { text-align: center; padding: 2.6rem 1.3rem; }
.empty p { max-width: 34rem; margin-inline: auto; }
.notice { background: var(--warn-ground); color: var(--warn); border-radius: 8px; padding: 0.6rem 0.9rem; margin: 0 0 1.2rem; }
.notice:empty { display: none; }
.problem { background: var(--loss-ground); color: var(--loss); border: 1px solid var(--loss-line); border-left: 5px solid var(--loss); border-radius: 8px; padding: 0.8rem 1rem 0.1rem; margin: 0 0 1.2rem; }

.holds, .ended, .effects, .plain { list-style: none; margin: 0; padding: 0; }
.hold > a {
  display: block; color: inherit; text-decoration: none; background: var(--panel);
  border: 1px solid var(--line); border-left: 5px solid var(--warn); border-radius: 10px; padding: 0.95rem 1.15rem 0.6rem; margin-bottom: 0.8rem;
}
.hold.danger > a { border-left-color: var(--loss); }
.hold > a:hover { border-color: var(--soft); border-left-color: inherit; }
.hold.danger > a:hover { border-left-color: var(--loss); }
.hold .headline { display: block; font-size: 1.125rem; font-weight: 600; line-height: 1.35; margin: 0.1rem 0 0.45rem; }
.ended li + li { border-top: 1px solid var(--line); }
.ended a { display: flex; flex-wrap: wrap; gap: 0.2rem 0.7rem; align-items: baseline; padding: 0.55rem 0.2rem; color: inherit; text-decoration: none; }
.ended a:hover .headline { text-decoration: underline; }
.ended .headline { flex: 1 1 18rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.9rem 1.4rem; margin: 0 0 1.2rem; padding: 0.9rem 0; border: solid var(--line); border-width: 1px 0; }
dt { font-size: 0.82rem; color: var(--soft); }
dd { margin: 0; }
section > dl > dd { margin-bottom: 0.6rem; }
.effect { background: var(--panel); border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 10px; padding: 0.85rem 1.1rem 0.5rem; margin-bottom: 0.7rem; }
.effect.danger { border-left-color: var(--loss); }
.effect.danger > .line:first-child > b:first-child { color: var(--loss); }
.effect .says { font-size: 1.06rem; margin-bottom: 0.35rem; }
.exact {
  margin: 0; padding: 0.95rem 1.1rem; max-height: 34rem; overflow: auto; background: var(--code); border: 1px solid var(--line); border-radius: 10px;
  font: 0.9rem/1.6 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace;
  white-space: break-spaces; overflow-wrap: anywhere; direction: ltr; unicode-bidi: bidi-override; tab-size: 4; font-variant-ligatures: none;
}
.exact.statements { list-style-position: outside; padding-left: 3.4rem; }
.statements li { padding-left: 0.3rem; }
.statements li::marker { color: var(--soft); font-variant-numeric: tabular-nums; }
.statements li + li { border-top: 1px solid var(--line); margin-top: 0.5rem; padding-top: 0.5rem; }
.statements pre { margin: 0; font: inherit; white-space: inherit; overflow-wrap: inherit; }
.undo { border-radius: 8px; padding: 0.6rem 0.9rem; margin: 0 0 0.9rem; font-weight: 600; border-left: 5px solid; }
.undo-yes { color: var(--calm); background: var(--calm-ground); }
.undo-partly { color: var(--warn); background: var(--warn-ground); }
.undo-no { color: var(--loss); background: var(--loss-ground); }
.total { font-size: 1.06rem; margin-bottom: 0.5rem; }
.total .small { display: block; font-size: 0.875rem; }
.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 0.9rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; overflow-wrap: normal; }
th, td { text-align: left; padding: 0.4rem 0.9rem; vertical-align: top; }
thead th { font-weight: 500; font-size: 0.82rem; color: var(--soft); white-space: nowrap; }
tbody tr, tfoot tr { border-top: 1px solid var(--line); }
.counts th:not(:first-child), .counts td { text-align: right; font-variant-numeric: tabular-nums; }
.counts tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 7rem; }
.counts tfoot { font-weight: 600; }
.none { color: var(--soft); font-weight: 400; }
.sample { margin: 0; }
.sample figcaption { font-size: 0.875rem; color: var(--soft); margin-bottom: 0.35rem; }
.sample td { font: 0.87rem/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace; white-space: pre; max-width: 22rem; overflow: hidden; text-overflow: ellipsis; unicode-bidi: isolate; }
.notes { margin: 0 0 0.9rem; padding-left: 1.2rem; font-size: 0.93rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0 1.4rem; align-items: start; }
.decide .columns { gap: 1.2rem; }
.decide { border-top: 1px solid var(--line); margin-top: 1.8rem; }
.decide h2 { margin-top: 1.4rem; }

label { display: block; font-weight: 600; font-size: 0.93rem; margin: 0.9rem 0 0.3rem; }
input, select, textarea {
  display: block; width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 7px; padding: 0.55rem 0.7rem; min-height: 2.75rem;
}
textarea { resize: vertical; }
input + .hint, textarea + .hint { margin: 0.4rem 0 0; }
.code { font-size: 1.35rem; letter-spacing: 0.22em; font-variant-numeric: tabular-nums; max-width: 11rem; }
button {
  font: inherit; font-weight: 600; color: var(--ink); background: var(--panel); border: 1px solid var(--soft); border-radius: 7px; padding: 0.6rem 1.2rem; min-height: 2.75rem; margin-top: 1.1rem; cursor: pointer;
}
button:hover { border-color: var(--ink); }
button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
button.destroy { color: var(--on-destroy); background: var(--destroy); border-color: var(--destroy); }
button.quiet { margin: 0; padding: 0.3rem 0.7rem; min-height: 2.2rem; font-weight: 500; color: var(--soft); border-color: var(--line); background: transparent; }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; padding: 0.3rem 0; }

footer { border-top: 1px solid var(--line); padding: 1.2rem 0 2.5rem; font-size: 0.9rem; color: var(--soft); }
footer h2 { margin: 0 0 0.3rem; font-size: 0.95rem; color: var(--warn); }
.unprotected { background: var(--warn-ground); color: var(--ink); border-radius: 8px; padding: 0.8rem 1rem; margin-bottom: 0.9rem; }
.unprotected ul { margin: 0; padding-left: 1.1rem; }
footer .plain { padding: 0.3rem 0 0; }

@media (max-width: 30rem) {
  .wide { padding: 0 1rem; }
  h1 { font-size: 1.35rem; }
  .who { margin-left: 0; width: 100%; justify-content: space-between; }
  .panel { padding: 1rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .decide button { width: 100%; }
  th, td { padding: 0.4rem 0.5rem; }
  .counts { font-size: 0.84rem; }
  .counts thead th { font-size: 0.76rem; }
  .counts tbody th { min-width: 0; overflow-wrap: normal; }
}
@media print { .top, .decide, .skip { display: none; } .exact { max-height: none; } }
`;
