using System.CommandLine;
using System.Globalization;

namespace Rf3d.ModelBuilder;

/// <summary>Numbers of the command line have a decimal point. A comma would be read as a separator of thousands: 0,5 as 5.</summary>
internal static class DecimalPoint
{
    private static readonly Type[] Types = [typeof(double), typeof(float)];

    /// <summary>Refuses commas in the numbers of all options of a command and of its commands.</summary>
    public static void Require(Command command)
    {
        foreach (var option in command.Options.Where(IsNumber))
            Require(option);
        foreach (var inner in command.Subcommands)
            Require(inner);
    }

    private static bool IsNumber(Option option)
    {
        var type = option.ValueType.GetElementType() ?? option.ValueType;
        return Types.Contains(Nullable.GetUnderlyingType(type) ?? type);
    }

    private static void Require(Option option) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            // Text without a number is another error, which the parser finds.
            if (token.Value.Contains(',', StringComparison.Ordinal) && double.TryParse(token.Value, CultureInfo.InvariantCulture, out _))
                result.AddError($"{option.Name} is '{token.Value}'; write it with a decimal point and without other separators, as 0.5 or 1000.");
        }
    });
}
