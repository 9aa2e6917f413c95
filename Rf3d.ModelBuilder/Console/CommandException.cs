namespace Rf3d.ModelBuilder;

/// <summary>Something that the user can put right; the message says how, and is all that is shown.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The user ended the command; the message names the remaining files.</summary>
internal sealed class CommandCanceledException(string message, Exception inner) : OperationCanceledException(message, inner);
