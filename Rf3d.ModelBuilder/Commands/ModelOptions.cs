using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary>The options of all commands that make a model: its name, where it goes, and how the result is shown.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _name;
    private readonly Option<string> _output;
    private readonly Option<bool> _force;
    private readonly Option<bool>? _noReport;

    private ModelOptions(string name, string output, string force, string training, bool hasReport)
    {
        _name = new("--name") { HelpName = "NAME", Description = name, DefaultValueFactory = _ => ModelName.Default };
        _output = new("--output", "-o") { HelpName = "FOLDER", Description = output, DefaultValueFactory = _ => "." };
        _force = new("--force") { Description = force };
        _noReport = hasReport ? new("--no-report") { Description = "Do not write a report. Writing one reads all images once more." } : null;
        Json = new("--json") { Description = $"Print the result as JSON. The progress of {training} is then written to standard error." };
    }

    public Option<bool> Json { get; }

    /// <summary>For a command that writes NAME.zip.</summary>
    /// <param name="training">The training that runs meanwhile.</param>
    /// <param name="hasReport">Whether it writes a report by default.</param>
    public static ModelOptions ForFile(string training, bool hasReport) =>
        new("Name of the model.", "Folder to write NAME.zip to.", "Replace an existing model.", training, hasReport);

    /// <summary>For a command that generates an application.</summary>
    public static ModelOptions ForApplication() => new(
        "Name of the model, its files, its projects and its class. The class is NAMEModel if C# or the generated code uses NAME for something else.", "Folder in which the folder NAME is created.",
        "Replace existing generated files. Other files are kept.", "training", hasReport: true);

    /// <summary>The option that says where the model goes, if the command line has one.</summary>
    public string? NameGiven(CommandResult arguments) => new Option[] { _name, _output }.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false })?.Name;

    public void AddTo(Command command)
    {
        foreach (var option in new Option?[] { _name, _output, _force, _noReport, Json })
        {
            if (option is not null)
                command.Add(option);
        }
    }

    /// <exception cref="CommandException">It cannot be the name of a class.</exception>
    public string Name(ParseResult arguments)
    {
        var name = arguments.GetValue(_name)!;
        ModelName.Check(name);
        return name;
    }

    /// <summary>Full path of the folder that the model, or its application's folder, goes to.</summary>
    public string Folder(ParseResult arguments) => Path.GetFullPath(arguments.GetValue(_output)!);

    public bool Force(ParseResult arguments) => arguments.GetValue(_force);

    public bool HasReport(ParseResult arguments) => _noReport is not null && !arguments.GetValue(_noReport);
}
