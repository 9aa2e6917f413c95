using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>A value that a user gave for an option of the table.</summary>
internal sealed record OptionValue(TrainingOption Option, object? Value);

/// <summary>An option of the table on the command line. The help shows it in its group.</summary>
internal sealed class TableOption : Option<object?>
{
    public TableOption(TrainingOption row, TrainingOptionGroup group)
        : base(row.Flag)
    {
        (Row, Group) = (row, group);
        Description = row.Help;
        HelpName = row.ValueName;
        Hidden = true;
        Arity = row.Type == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        CustomParser = Parse;
    }

    public TrainingOption Row { get; }

    public TrainingOptionGroup Group { get; }

    private object? Parse(ArgumentResult argument)
    {
        // Of those that are true or false, the name alone says true.
        if (argument.Tokens.Count == 0)
            return true;
        try
        {
            return Row.Located(OptionValues.Parse(Row.Type, argument.Tokens[0].Value), Path.GetFullPath);
        }
        catch (FormatException error)
        {
            argument.AddError($"{Row.Flag} is '{argument.Tokens[0].Value}'; {error.Message.TrimEnd('.')}.");
            return null;
        }
    }
}

/// <summary>Groups of the table as options of a command.</summary>
internal sealed class TableOptions(IEnumerable<TrainingOptionGroup> groups)
{
    private readonly TableOption[] _options = [.. groups.SelectMany(group => group.Options.Select(row => new TableOption(row, group)))];

    public void AddTo(Command command)
    {
        foreach (var option in _options)
            command.Add(option);
    }

    /// <summary>The options on the command line, in the order of the table.</summary>
    public IReadOnlyList<OptionValue> Values(CommandResult command) =>
        [.. _options.Where(option => command.GetResult(option) is { Implicit: false }).Select(option => new OptionValue(option.Row, command.GetValue(option)))];

    /// <summary>Values out of range are errors of the command line, under the names that they have there.</summary>
    /// <param name="command">The command.</param>
    /// <param name="options">The options of the trainer, from the command line.</param>
    public static void Check(Command command, Func<CommandResult, TrainerOptions> options) => command.Validators.Add(result =>
    {
        TrainerOptions found;
        try
        {
            found = options(result);
        }
        catch (InvalidOperationException)
        {
            // A value that cannot be read is an error of its own option.
            return;
        }
        try
        {
            _ = new MLContext().MulticlassClassification.Trainers.Rf3dImageClassifier(found);
        }
        catch (InvalidOptionsException error)
        {
            foreach (var each in error.Errors)
                result.AddError(each.Text.Render(OptionNames.FlagOf));
        }
    });
}
