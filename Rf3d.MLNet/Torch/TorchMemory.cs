using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Tells errors of too little memory from others; those of libtorch differ in their words alone.</summary>
internal static class TorchMemory
{
    public static bool IsExhausted(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && ForeignMessages.IsLibtorchOutOfMemory(error.Message));

    /// <inheritdoc cref="ForeignMessages.FirstLine"/>
    public static string Reason(Exception error) => ForeignMessages.FirstLine(error);

    /// <inheritdoc cref="ForeignMessages.LastLine"/>
    public static string LastLine(Exception error) => ForeignMessages.LastLine(error);
}
