using System.CommandLine;
using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Limits for the values of an option, for each of several values. A value that is not a number is another error, which the parser finds.</summary>
internal static class OptionLimits
{
    public static void AtLeast(Option option, double least) => Add(option, value => value >= least, Numbers.Text($"it must be at least {least}."));

    public static void AtMost(Option option, double most) => Add(option, value => value <= most, Numbers.Text($"it must be at most {most}."));

    public static void Between(Option option, double least, double most) =>
        Add(option, value => value >= least && value <= most, Numbers.Text($"it must be from {least} to {most}."));

    public static void Above(Option option, double limit) => Add(option, value => value > limit, Numbers.Text($"it must be above {limit}."));

    public static void Below(Option option, double limit) => Add(option, value => value < limit, Numbers.Text($"it must be below {limit}."));

    public static void Decompositions(Option option) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            try
            {
                _ = Decomposition.Parse(token.Value);
            }
            catch (FormatException error)
            {
                result.AddError(error.Message);
            }
        }
    });

    private static void Add(Option option, Func<double, bool> isKept, string rule) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            if (double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !isKept(value))
                result.AddError(Numbers.Text($"{option.Name} is {value}; {rule}"));
        }
    });
}
