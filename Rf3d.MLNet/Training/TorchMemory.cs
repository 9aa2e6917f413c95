using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Tells libtorch's errors of too little memory from its others, which only their words do.</summary>
internal static class TorchMemory
{
    // Of CUDA's allocator; of that of CPUs on Linux and macOS; on Windows; and of C++.
    private static readonly string[] Words = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsExhausted(Exception error) =>
        error is ExternalException && Array.Exists(Words, words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>What libtorch said, without the places in its source that follow.</summary>
    public static string Reason(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r', ' ', '.');
}
