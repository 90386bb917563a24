extension RunReport {
    /// The report's additions to the shared style: the matrix, the gallery, print.
    static let css = """
        .matrix td, .matrix thead th + th { min-width: 2.6rem; text-align: center; }
        .matrix .hit { background: rgba(var(--hit), calc(.12 + .55 * var(--share))); font-weight: 600; }
        .matrix .miss { background: rgba(var(--miss), calc(.15 + .6 * var(--share))); }
        .matrix .none { color: var(--soft); opacity: .6; }
        .matrix.tall thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; }
        .gallery figure { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          overflow: hidden; break-inside: avoid; }
        .gallery img, .absent { display: block; width: 100%; height: 10rem; object-fit: contain; margin: 0;
          background: var(--ground); }
        .gallery figcaption { padding: .5rem .7rem; }
        .gallery .path { font-size: .8rem; }
        .absent { color: var(--soft); padding: 4rem 1rem 0; text-align: center; font-size: .85rem; }
        .keys .key:first-child { margin-left: 0; }
        .split { min-width: 8rem; } .host { white-space: nowrap; text-align: left; }
        .kicker { margin: 0; font-size: .85rem; color: var(--soft); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
          gap: 1.5rem 2.5rem; align-items: start; } .pair h3 { margin-top: 0; }
        details { margin: 1rem 0; } summary { cursor: pointer; margin-bottom: .5rem; }
        @media print {
          :root { color-scheme: light; --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --card: #fff;
            --training: #0b62c4; --validation: #b35900; --hit: 11,98,196; --miss: 200,60,20;
            --extraction: #0b62c4; --head: #c2410c; --decoding: #d6901a; --fetching: #0f8a8a;
            --preparing: #8a63d2; --waiting: #c9d1d9; --good: #1a7f37; --warn: #7a5200; --bad: #b42318; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          h2 { break-after: avoid; } table, .chart, pre { break-inside: avoid; }
          .scroll { overflow: visible; } th, td { padding: .2rem .4rem; }
          .charts { grid-template-columns: 1fr 1fr; }
          .gallery { grid-template-columns: repeat(4, 1fr); } .gallery img { height: 6rem; }
          .facts, pre, code { font-size: 8.5pt; line-height: 1.35; }
        }
        """
}
