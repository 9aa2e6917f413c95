namespace Rf3d.ModelBuilder;

/// <summary>How the page looks. Without signs that XML would write in another way: &lt;, &gt; and &amp; must not come up in it.</summary>
internal static class ReportStyle
{
    public const string Css = """

        :root {
          color-scheme: light dark;
          --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --ink-soft: #59636e; --line: #dfe3e8;
          --first: #2f6fde; --second: #d9660a; --right: 47 111 222; --wrong: 217 102 10; --bar: #d5e3fb; --warn: #fff4e5; --warn-line: #d9660a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --card: #1d2126; --ink: #e6e9ed; --ink-soft: #9aa4b0; --line: #323941;
            --first: #6ea3ff; --second: #ff9d4d; --right: 62 125 232; --wrong: 226 112 22; --bar: #26405f; --warn: #2c2318; --warn-line: #ff9d4d;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
        body {
          margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", "DejaVu Sans", sans-serif;
          overflow-wrap: anywhere;
        }
        h1 { font-size: 2.1rem; line-height: 1.2; margin: 0 0 1rem; letter-spacing: -0.01em; }
        h2 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 0.75rem; }
        h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
        h4 { font-size: 0.85rem; margin: 0 0 0.5rem; color: var(--ink-soft); font-weight: 600; }
        p { margin: 0 0 0.75rem; max-width: 46rem; }
        small { font-weight: 400; color: var(--ink-soft); }
        a { color: var(--first); text-underline-offset: 0.15em; }
        ol, ul { padding-left: 1.4rem; }
        code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.9em; }
        main section { margin-top: 3rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
        .kind { margin: 0; color: var(--ink-soft); font-size: 0.85rem; letter-spacing: 0.04em; text-transform: uppercase; }
        .lead { font-size: 1.15rem; }
        .note { color: var(--ink-soft); font-size: 0.875rem; }
        .missing, .warnings { background: var(--warn); border-left: 3px solid var(--warn-line); padding: 0.75rem 1rem; }
        .warnings { list-style: none; }
        .warnings li { margin: 0.25rem 0; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; color: var(--ink-soft); font-size: 0.875rem; }

        .tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.75rem; margin: 1.5rem 0; }
        .tiles div { background: var(--card); border-radius: 0.5rem; padding: 0.8rem 1rem; }
        .tiles dt { font-size: 0.8rem; color: var(--ink-soft); }
        .tiles dd { margin: 0; }
        .tiles .value { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
        .tiles .note { font-size: 0.78rem; line-height: 1.35; }

        nav ol { list-style: none; padding: 0; margin: 1.5rem 0 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1.25rem; font-size: 0.925rem; }

        .scroll { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-size: 0.925rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
        caption { text-align: left; color: var(--ink-soft); font-size: 0.85rem; padding-bottom: 0.4rem; }
        th, td { padding: 0.35rem 1rem 0.35rem 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
        thead th { font-size: 0.8rem; color: var(--ink-soft); font-weight: 600; white-space: nowrap; vertical-align: bottom; }
        tbody th { font-weight: 500; max-width: 16rem; overflow-wrap: anywhere; min-width: 6rem; }
        th.number, td.number { text-align: right; white-space: nowrap; }
        .bar { display: inline-block; min-width: 7rem; padding: 0.05rem 0.4rem; border-radius: 0.2rem;
          background: linear-gradient(to right, var(--bar) calc(var(--share) * 100%), transparent 0); }

        .stage { margin-top: 1.5rem; }
        main section.stage { border: 0; padding: 0; margin-top: 1.5rem; }
        .stage + .note { margin-top: 1.25rem; }
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 1rem; }
        .sides div { background: var(--card); border-radius: 0.5rem; padding: 0.8rem 1rem; }
        .total { font-weight: 400; margin-left: 0.5rem; }
        .units { list-style: none; display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; padding: 0; margin: 0; }
        .units li { width: 4.4rem; font-size: 0.72rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
        .units .more { align-self: center; color: var(--ink-soft); }
        .square { display: block; width: 2.6rem; height: 2.6rem; }
        .square .outer { fill: none; stroke: var(--ink-soft); stroke-width: 1; }
        .square .inner { fill: var(--first); }
        .field { display: block; white-space: nowrap; color: var(--ink-soft); }
        .gain { display: block; padding: 0 0.2rem; border-radius: 0.15rem; font-weight: 600;
          background: linear-gradient(to right, var(--bar) calc(var(--share) * 100%), transparent 0); }
        .gain.first { padding: 0; font-weight: 400; color: var(--ink-soft); --share: 0; }
        .kernels { font-size: 0.8rem; color: var(--ink-soft); margin: 0.6rem 0 0; }

        .steps li { margin-bottom: 0.9rem; }
        .steps p { margin-bottom: 0.1rem; }
        details { margin: 1rem 0; }
        summary { cursor: pointer; color: var(--first); }

        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; margin: 1rem 0; }
        figure { margin: 0; }
        .chart { max-width: 30rem; }
        .plot { display: block; width: 100%; height: auto; font-family: inherit; }
        .plot text { fill: var(--ink-soft); }
        figcaption { font-size: 0.875rem; }
        .chart figcaption { color: var(--ink-soft); margin-top: 0.4rem; }
        .key { white-space: nowrap; margin-right: 0.6rem; }
        .key::before { content: ""; display: inline-block; width: 0.9rem; height: 0.25rem; border-radius: 0.1rem; margin-right: 0.35rem; vertical-align: middle; background: var(--first); }
        .key2::before { background: var(--second); }

        .matrix caption { white-space: nowrap; }
        .matrix { border-collapse: separate; border-spacing: 2px; }
        .matrix th, .matrix td { border: 0; padding: 0.3rem 0.45rem; }
        .matrix td { text-align: right; min-width: 2.9rem; border-radius: 0.2rem; }
        .matrix tbody th { text-align: right; white-space: nowrap; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; position: sticky; left: 0; background: var(--paper); min-width: 0; }
        .matrix thead th { text-align: center; }
        .matrix thead th span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .matrix .right { background: rgb(var(--right) / var(--shade)); }
        .matrix .wrong { background: rgb(var(--wrong) / var(--shade)); }
        .matrix .dark { color: #ffffff; }
        .matrix .wrong.dark { color: #1b1f24; }
        .matrix .zero { color: var(--ink-soft); opacity: 0.55; }

        img { display: block; border-radius: 0.25rem; max-width: 100%; background: var(--card); }
        .pixels { image-rendering: pixelated; }
        img.example { width: auto; height: 3rem; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1.25rem 1rem; margin-top: 1rem; }
        .gallery img { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; }
        .gallery figcaption { font-size: 0.85rem; line-height: 1.4; margin-top: 0.35rem; }
        figcaption .note { display: block; font-size: 0.78rem; }
        .file { overflow-wrap: anywhere; }
        .activations { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.75rem 1.5rem; margin: 1.25rem 0; }
        .pictures { display: flex; gap: 0.5rem; }
        .pictures div { flex: 1 1 0; min-width: 0; max-width: 11rem; }
        .pictures img { width: 100%; height: auto; }
        .label { display: block; font-size: 0.75rem; color: var(--ink-soft); line-height: 1.3; margin-top: 0.2rem; }
        .activation figcaption { margin-top: 0.35rem; }

        @media (max-width: 34rem) {
          body { padding-top: 1.5rem; }
          h1 { font-size: 1.7rem; }
          .lead { font-size: 1.05rem; }
          .tiles { grid-template-columns: 1fr 1fr; }
          .gallery { grid-template-columns: 1fr 1fr; }
          th, td { padding-right: 0.7rem; }
          .bar { min-width: 5rem; }
        }
        @media print {
          :root {
            color-scheme: light;
            --paper: #ffffff; --card: #f6f7f9; --ink: #000000; --ink-soft: #444c55; --line: #c9ced4;
            --first: #2f6fde; --second: #c4590a; --right: 47 111 222; --wrong: 217 102 10; --bar: #d5e3fb; --warn: #fff4e5; --warn-line: #d9660a;
          }
          @page { margin: 15mm; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          a { color: inherit; text-decoration: none; }
          nav { display: none; }
          main section { margin-top: 1.5rem; padding-top: 1rem; }
          h2, h3, h4, caption { break-after: avoid; }
          figure, tr, .stage, .tiles div, .steps li { break-inside: avoid; }
          .scroll { overflow: visible; }
          .matrix { font-size: 8pt; }
          .matrix th, .matrix td { padding: 0.15rem 0.25rem; min-width: 0; }
          .gallery { grid-template-columns: repeat(5, 1fr); }
          .matrix tbody th { position: static; }
        }

        """;
}
