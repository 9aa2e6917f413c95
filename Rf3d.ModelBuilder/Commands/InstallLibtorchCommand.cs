using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d install-libtorch</c>: fetches the libraries that training needs and the tool's package does not contain.</summary>
internal static class InstallLibtorchCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var backend = new Option<string>("--backend") { HelpName = "cpu|cuda", Description = "cpu (about 500 MB on disk), or cuda for an NVIDIA GPU (about 5 GB).", DefaultValueFactory = _ => "cpu" };
        backend.AcceptOnlyFromAmong("cpu", "cuda");
        var command = new Command("install-libtorch", "Downloads libtorch, which training needs, from the NuGet sources of this machine. Needs the .NET SDK.") { backend };
        command.SetAction(arguments =>
        {
            var folder = LibtorchInstaller.Run(arguments.GetValue(backend)!, console.Out, cancellation);
            console.Out.WriteLine($"libtorch is in {folder}.");
            return ExitCode.Ok;
        });
        return command;
    }
}
