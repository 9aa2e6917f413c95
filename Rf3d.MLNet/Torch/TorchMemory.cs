using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Tells errors of too little memory from others; those of libtorch differ in their words alone.</summary>
internal static class TorchMemory
{
    // Of CUDA's allocator; of cuBLAS and cuDNN; of the CPU's allocator on Linux and macOS; on Windows; and of C++.
    private static readonly string[] Words = ["out of memory", "STATUS_ALLOC_FAILED", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsExhausted(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && Array.Exists(Words, words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    /// <summary>What is wrong, in libtorch's words without the places in its source that follow, and without a full stop.</summary>
    public static string Reason(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r', ' ', '.');
}
