using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Tells errors of too little memory from others; those of libtorch differ in their words alone.</summary>
internal static class TorchMemory
{
    public static bool IsExhausted(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && ForeignMessages.IsLibtorchOutOfMemory(error.Message));

    /// <summary>What is wrong, in libtorch's words without the places in its source that follow, and without a full stop.</summary>
    public static string Reason(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r', ' ', '.');
}
