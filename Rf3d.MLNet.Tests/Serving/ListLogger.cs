using Microsoft.Extensions.Logging;

namespace Rf3d.MLNet.Tests.Serving;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger : ILogger<Rf3dPredictor>
{
    public List<(LogLevel Level, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Add((logLevel, formatter(state, exception)));
}
