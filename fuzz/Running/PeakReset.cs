namespace Rf3d.Fuzz;

/// <summary>The peak of the memory of a process.</summary>
internal static class PeakReset
{
    /// <summary>Lets the peak of a process begin again, where the system can.</summary>
    public static void Reset(int process)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText($"/proc/{process}/clear_refs", "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The peak is then that of all inputs so far.
        }
    }
}
