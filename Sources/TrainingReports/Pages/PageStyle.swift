/// The style that the report and the live page share, in light and dark.
package enum PageStyle {
    /// Colours are properties, so that dark is a second set of values.
    package static let css = """
        :root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d8dee4;
          --card: #f6f8fa; --training: #0b62c4; --validation: #b35900; --hit: 11,98,196; --miss: 200,60,20;
          --preparing: #8a63d2; --fetching: #0f8a8a; --decoding: #d6901a; --extraction: #0b62c4; --head: #c2410c;
          --waiting: #c9d1d9; --good: #1a7f37; --warn: #9a6700; --bad: #b42318; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #0f1318; --ink: #e6edf3; --soft: #9aa6b2; --line: #303840; --card: #171d24;
            --training: #6cb0ff; --validation: #f2a65a; --hit: 88,166,255; --miss: 255,123,84;
            --preparing: #b392f0; --fetching: #56c8c8; --decoding: #e3b341; --extraction: #58a6ff;
            --head: #ff7b54; --waiting: #444d56; --good: #56d364; --warn: #e3b341; --bad: #ff7b72; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 68rem; background: var(--ground);
          color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem;
          border-bottom: 1px solid var(--line); }
        h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
        p { margin: .5rem 0; max-width: 46rem; }
        .soft { color: var(--soft); }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem;
          margin: 1rem 0; padding: 0; }
        .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          padding: .6rem .8rem; }
        .tiles dt { font-size: .8rem; color: var(--soft); }
        .tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums;
          overflow-wrap: anywhere; }
        .tiles dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
          gap: 1rem; }
        figure { margin: 0; }
        .chart svg[role] { width: 100%; height: auto; display: block; background: var(--card);
          border: 1px solid var(--line); border-radius: .5rem; }
        .chart text { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .curve.training { stroke: var(--training); } .dot.training { fill: var(--training); }
        .curve.validation { stroke: var(--validation); stroke-dasharray: 6 4; }
        .dot.validation { fill: var(--validation); }
        figcaption { font-size: .85rem; padding: .35rem .1rem; }
        .key { display: inline-block; margin-left: .9rem; white-space: nowrap;
          font-variant-numeric: tabular-nums; }
        .key svg { width: 1.6rem; height: .6rem; margin-right: .3rem; }
        .scroll { overflow-x: auto; }
        .scroll:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--training); }
        table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
        table { min-width: min(100%, 24rem); }
        .note { font-size: .85rem; color: var(--soft); }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right;
          vertical-align: top; }
        thead th { color: var(--soft); font-weight: 600; white-space: nowrap; vertical-align: bottom; }
        th[scope=row], .left { text-align: left; }
        tbody th[scope=row] { font-weight: 500; }
        .path { overflow-wrap: anywhere; text-align: left; min-width: 12rem; }
        .bar { display: block; width: 100%; height: 1.1rem; }
        .bar .preparing { fill: var(--preparing); } .bar .fetching { fill: var(--fetching); }
        .bar .decoding { fill: var(--decoding); } .bar .extraction { fill: var(--extraction); }
        .bar .head { fill: var(--head); } .bar .waiting { fill: var(--waiting); }
        .key .swatch { display: inline-block; width: .75rem; height: .75rem; margin-right: .35rem;
          vertical-align: -.05rem; }
        .swatch rect { width: 100%; height: 100%; }
        code, pre { font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        .facts { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem;
          font-size: .9rem; }
        .facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
        @media (max-width: 36rem) { .facts { grid-template-columns: 1fr; gap: 0; }
          .facts dd { margin-bottom: .5rem; } }
        .state { font-weight: 600; } .state.good { color: var(--good); } .state.warn { color: var(--warn); }
        .state.bad { color: var(--bad); }
        """
}
