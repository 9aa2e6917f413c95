using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>The end of a process that may take a limited time.</summary>
/// <param name="ExitCode">Null where the time was over, and it was ended.</param>
/// <param name="Output">Its standard output so far.</param>
internal sealed record LimitedProcess(int? ExitCode, string Output)
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);

    /// <summary>Waits for a process, and ends it with those that it started where that takes too long.</summary>
    /// <param name="process">The process, whose standard output is redirected and not read yet.</param>
    /// <param name="limit">The time that it may take.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="grace">The time that the rest of its output, and its end, may take; null for five seconds. A process that it started may hold its output open for longer than it runs.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LimitedProcess Wait(Process process, TimeSpan limit, CancellationToken cancellation, TimeSpan? grace = null)
    {
        var output = new StringBuilder();
        var isRead = new TaskCompletionSource();
        process.OutputDataReceived += Receive;
        process.BeginOutputReadLine();
        using var stop = cancellation.Register(() => Kill(process));
        var hasEnded = process.WaitForExit(limit);
        if (!hasEnded)
        {
            Kill(process);
            process.WaitForExit(grace ?? DefaultGrace);
        }
        isRead.Task.Wait(grace ?? DefaultGrace, CancellationToken.None);
        process.OutputDataReceived -= Receive;
        cancellation.ThrowIfCancellationRequested();
        lock (output)
            return new(hasEnded ? process.ExitCode : null, output.ToString());

        void Receive(object sender, DataReceivedEventArgs received)
        {
            lock (output)
            {
                if (received.Data is { } line)
                    output.Append(line).Append('\n');
                else
                    isRead.TrySetResult();
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile, or one of those that it started cannot be ended.
        }
    }
}
