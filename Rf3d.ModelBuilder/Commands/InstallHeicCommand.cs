using System.CommandLine;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d install-heic</c>: fetches the libraries that read HEIC and AVIF images and are in no package here.</summary>
internal static class InstallHeicCommand
{
    private const string Licences =
        """
        Licences: Magick.NET is under the Apache License 2.0, and ImageMagick under the ImageMagick License. The native library also has parts under the GNU Lesser General
        Public License, among them libheif and libde265. Redistribution must follow all of these licences. HEVC, the compression of HEIC, may be subject to patents where you are.
        """;

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var source = new Option<string?>("--source")
        {
            HelpName = "FOLDER|URL",
            Description = "A folder that has the packages as ID.VERSION.nupkg, or the address of a NuGet server's flat container. Default: NuGet's cache on this machine, else nuget.org.",
        };
        source.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && HeicInstaller.SourceOf(token.Value) is null)
                result.AddError($"--source is '{token.Value}', but must be an address that begins with http:// or https://, or a folder.");
        });
        var command = new Command("install-heic", "Downloads Magick.NET, which reads HEIC and AVIF images, into the user's local application data. Its hash is verified.") { source };
        command.SetAction(arguments =>
        {
            using (var progress = new DownloadProgressLine(console.Error, console.IsErrorTerminal))
            {
                var installer = new HeicInstaller(HeicInstaller.PackagesOfThisMachine(), HeifLibrary.Folder) { Source = arguments.GetValue(source) is { } text ? HeicInstaller.SourceOf(text) : null, Progress = progress };
                installer.RunAsync(cancellation).GetAwaiter().GetResult();
            }
            if (HeifLibrary.Problem() is { } problem)
                throw new CommandException($"It was installed, but {problem}.");
            console.Out.WriteLine($"HEIC and AVIF images are read by Magick.NET {HeifLibrary.Version} in {HeifLibrary.Folder}.");
            console.Out.WriteLine(Licences.ReplaceLineEndings(" "));
            console.Out.WriteLine($"All notices: {Path.Combine(HeifLibrary.Folder, HeicInstaller.Notices)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
