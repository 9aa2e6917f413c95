namespace Rf3d.ModelBuilder;

/// <summary>The styles of the page of an audit, in addition to <see cref="ReportStyle"/>. Contains no characters that XML escapes.</summary>
internal static class AuditStyle
{
    public const string Css = """

        .gallery .nothing, .group .nothing { display: grid; place-items: center; aspect-ratio: 1; background: var(--card); border-radius: 0.25rem; color: var(--ink-soft); font-size: 0.78rem; }
        .group { display: flex; flex-wrap: wrap; gap: 0.75rem; list-style: none; padding: 0; margin: 0.25rem 0 0; }
        .group li { width: 7rem; font-size: 0.78rem; line-height: 1.4; }
        .group img { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; }
        .groups { list-style: none; padding: 0; }
        .groups .one { margin: 0 0 1.25rem; padding: 0.75rem 1rem; background: var(--card); border-radius: 0.5rem; break-inside: avoid; }
        .groups .one p { margin: 0; }
        .kept { font-weight: 600; }
        pre { background: var(--card); border-radius: 0.5rem; padding: 0.8rem 1rem; overflow-x: auto; font-size: 0.9rem; }

        """;
}
