namespace Rf3d.ModelBuilder;

/// <summary>The exit codes of the process, which the help lists.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Something went wrong that the message explains; or some of many files could not be read.</summary>
    public const int Failed = 1;

    /// <summary>The command line is not supported.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl+C, as shells count it: 128 and the number of the signal.</summary>
    public const int Cancelled = 130;
}
