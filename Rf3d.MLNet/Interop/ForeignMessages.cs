namespace Rf3d.MLNet;

/// <summary>
/// Errors of other libraries that differ from others of their type in their words alone. The one place where messages are matched; a test for each provokes the real error, so
/// that an update of a library that changes its words is noticed.
/// </summary>
internal static class ForeignMessages
{
    // Of libtorch: CUDA's allocator; cuBLAS and cuDNN; the CPU's allocator on Linux and macOS; on Windows; and C++.
    private static readonly string[] OutOfMemory = ["out of memory", "STATUS_ALLOC_FAILED", "can't allocate memory", "not enough memory", "bad_alloc"];

    /// <summary>Whether libtorch, which throws one type for everything, says that memory is exhausted.</summary>
    public static bool IsLibtorchOutOfMemory(string message) => Array.Exists(OutOfMemory, words => message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first line of a message of libtorch, without source locations and without a full stop.</summary>
    public static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r', ' ', '.');

    /// <summary>The last line of a message of libtorch, which follows the failed script.</summary>
    public static string LastLine(Exception error) => error.Message.TrimEnd().Split('\n')[^1];

    /// <summary>The message without the name of the parameter, which .NET puts behind it and which says nothing to the user of a program.</summary>
    public static string WithoutParameter(Exception error) => error is ArgumentException { ParamName: { } name }
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;

    /// <summary>Whether ML.NET says no more than that one of its threads failed; the cause is the inner exception.</summary>
    public static bool IsSplitterFailure(InvalidOperationException error) => error.Message.StartsWith("Splitter/consolidator", StringComparison.Ordinal);

    /// <summary>Whether ONNX Runtime took an ONNX model for one of its own format, which it does by the end of the file's name.</summary>
    public static bool IsOrtFormatMistaken(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains("ORT model verification failed", StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
