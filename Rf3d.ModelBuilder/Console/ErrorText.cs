using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The messages of the libraries' errors, with the tool's names for the options that they name.</summary>
internal static class ErrorText
{
    public static string Of(Exception error) => error switch
    {
        InvalidOptionsException invalid => $"Invalid options: {string.Join(" ", invalid.Errors.Select(each => each.Text.Render(OptionNames.FlagOf)))}",
        OptionConflictException conflict => conflict.Text.Render(OptionNames.FlagOf),
        IOException { InnerException: OptionConflictException conflict } => conflict.Text.Render(OptionNames.FlagOf),
        // Of ONNX Runtime, where its library does not load.
        DllNotFoundException { InnerException: TypeInitializationException } => $"{error.Message} 'rf3d doctor' lists what this machine lacks.",
        _ when LimitIn(error) is { } limit => Numbers.Text(
            $"{limit.Message} --skip-bad-images leaves out at most {Numbers.Percent(limit.Fraction)} of them, here {limit.AllowedCount}. Replace or delete these files, or look whether it is the right folder."),
        _ => ForeignMessages.WithoutParameter(error),
    };

    private static BadImageLimitException? LimitIn(Exception? error)
    {
        while (error is not (null or BadImageLimitException))
            error = error.InnerException;
        return (BadImageLimitException?)error;
    }
}
