using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;

namespace Rf3d.ModelBuilder;

/// <summary>The command <c>rf3d</c>: puts its commands together and turns errors into messages and exit codes.</summary>
internal static class RfCommand
{
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, CommandConsole console, CancellationToken cancellation)
    {
        var parsed = Create(console, cancellation).Parse(arguments);
        // Required options are not needed with --help.
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
                console.Error.WriteLine(message);
            console.Error.WriteLine($"'rf3d {string.Join(' ', CommandPath(parsed.CommandResult.Command))}--help' lists what there is.");
            return ExitCode.Usage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                // The program handles Ctrl+C itself: the training so far is to be kept.
                ProcessTerminationTimeout = null,
            });
        }
        catch (CommandException error)
        {
            console.Error.WriteLine(error.Message);
            return error.ExitCode;
        }
        catch (OperationCanceledException error)
        {
            console.Error.WriteLine(error is CommandCanceledException ? error.Message : "Cancelled.");
            return ExitCode.Cancelled;
        }
        // The exceptions that the libraries throw for data, files and options that cannot be used; their messages are for users.
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidOperationException or IOException or InvalidDataException
            or UnauthorizedAccessException or DllNotFoundException or NotSupportedException or OutOfMemoryException or ExternalException)
        {
            console.Error.WriteLine(ErrorText.Of(error));
            return ExitCode.Failed;
        }
    }

    /// <summary>The command with all of its commands. Parsing by it runs nothing.</summary>
    internal static RootCommand Create(CommandConsole console, CancellationToken cancellation)
    {
        var root = new RootCommand("Image classifiers for ML.NET: plans the network, trains it, and generates the application that uses it.")
        {
            ImageClassificationCommand.Create(console, cancellation),
            TrainCommand.Create(console, cancellation),
            ExperimentCommand.Create(console, cancellation),
            AuditCommand.Create(console, cancellation),
            EvaluateCommand.Create(console, cancellation),
            CompareCommand.Create(console, cancellation),
            PredictCommand.Create(console, cancellation),
            ReportCommand.Create(console, cancellation),
            ThresholdCommand.Create(console, cancellation),
            ServeCommand.Create(console, cancellation),
            PlanCommand.Create(console, cancellation),
            ExportCommand.Create(console, cancellation),
            ImportCommand.Create(console, cancellation),
            DoctorCommand.Create(console, cancellation),
            InstallLibtorchCommand.Create(console, cancellation),
            InstallWeightsCommand.Create(console, cancellation),
            InstallHeicCommand.Create(console, cancellation),
        };
        DecimalPoint.Require(root);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static IEnumerable<string> CommandPath(Command command) => command is RootCommand ? [] : [command.Name, ""];
}
