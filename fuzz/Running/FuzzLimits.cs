namespace Rf3d.Fuzz;

/// <summary>Limits for reading one input.</summary>
internal static class FuzzLimits
{
    /// <summary>Time for one input. An input that exceeds it is tried once more: the machine may have been busy.</summary>
    public static readonly TimeSpan Input = TimeSpan.FromSeconds(10);

    /// <summary>Time until a child has read the intact files.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromMinutes(3);

    /// <summary>Memory of the whole process, in bytes.</summary>
    public const long Memory = 1_000_000_000;

    /// <summary>Managed memory, in hexadecimal digits as .NET asks for it: an array that is larger is an error at the input that asks for it.</summary>
    public const string ManagedMemory = "30000000";
}
