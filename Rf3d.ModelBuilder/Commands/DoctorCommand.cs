using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d doctor</c>: the components that this machine has, and advice about missing ones.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var output = new Option<string>("--output") { HelpName = "FOLDER", Description = "Folder that models are to be written to. The command checks that it can be written to.", DefaultValueFactory = _ => "." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var command = new Command("doctor", "Lists what this machine has for training, what is missing, and the remedies. The exit code is 1 if the machine cannot train.") { output, json };
        command.SetAction(arguments =>
        {
            var findings = MachineCheck.Run(arguments.GetValue(output)!);
            cancellation.ThrowIfCancellationRequested();
            if (arguments.GetValue(json))
                console.Out.WriteLine(JsonSerializer.Serialize(findings.Select(finding => new { finding.Name, Verdict = finding.Verdict.ToString().ToLowerInvariant(), finding.Text, finding.Remedy }), Indented));
            else
                Write(console.Rich, findings);
            return findings.Any(finding => finding.Verdict == Verdict.Bad) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var mark = finding.Verdict switch
            {
                Verdict.Good => "[green]ok  [/]",
                Verdict.Note => "[yellow]note[/]",
                _ => "[red]FAIL[/]",
            };
            console.MarkupLine($"{mark}  {CommandConsole.Cell(finding.Name),-16} {CommandConsole.Cell(finding.Text)}");
            if (finding.Remedy is not null)
                console.MarkupLine($"{"",-23}{CommandConsole.Cell(finding.Remedy)}");
        }
        console.WriteLine(findings.Any(finding => finding.Verdict == Verdict.Bad) ? "This machine cannot train as it is." : "This machine can train.");
    }
}
