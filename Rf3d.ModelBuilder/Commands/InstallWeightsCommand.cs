using System.CommandLine;
using System.Text.Json;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d install-weights</c>: fetches the weights of a network that learned from ImageNet, or lists the known ones.</summary>
internal static class InstallWeightsCommand
{
    private const string AnyHash = "any";
    private const int HashLength = 64;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var name = new Argument<string?>("NAME") { Description = "The name of the network, as --list shows it.", Arity = ArgumentArity.ZeroOrOne };
        var list = new Option<bool>("--list") { Description = "List the known networks: what they are, their licences, and whether they are on this machine." };
        var hash = new Option<string?>("--accept-hash")
        {
            HelpName = "HASH",
            Description = $"For a network that is not verified: the SHA-256 of its file, 64 hexadecimal digits, or '{AnyHash}' to accept every file.",
        };
        var mirror = new Option<string?>("--mirror") { HelpName = "URL", Description = "Address of a mirror (http or https), or a folder, that has the files as NAME/FILE." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of text." };
        var command = new Command("install-weights", "Downloads pretrained weights into the user's local application data, where trainings find them.") { name, list, hash, mirror, json };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !PretrainedWeights.Names.Contains(token.Value, StringComparer.OrdinalIgnoreCase))
                result.AddError($"No pretrained network has the name '{token.Value}'. Known names: {string.Join(", ", PretrainedWeights.Names)}.");
        });
        hash.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value != AnyHash && !(token.Value.Length == HashLength && token.Value.All(char.IsAsciiHexDigit)))
                result.AddError($"--accept-hash is '{token.Value}', but must be a SHA-256 of {HashLength} hexadecimal digits, or '{AnyHash}'.");
        });
        mirror.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && MirrorOf(token.Value) is null)
                result.AddError($"--mirror is '{token.Value}', but must be an address that begins with http:// or https://, or a folder.");
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(name) is { Tokens.Count: > 0 } == result.GetResult(list) is { Implicit: false })
                result.AddError("Give either the NAME of a network, or --list.");
        });
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(list))
                WeightsList.Write(console, arguments.GetValue(json));
            else
                Install(arguments.GetValue(name)!, arguments.GetValue(hash), arguments.GetValue(mirror), arguments.GetValue(json));
            return ExitCode.Ok;
        });
        return command;

        void Install(string name, string? acceptHash, string? mirror, bool json)
        {
            var info = PretrainedWeights.Describe(name);
            string path;
            using (var progress = new DownloadProgressLine(console.Error, console.IsErrorTerminal))
            {
                try
                {
                    path = PretrainedWeights.InstallAsync(name, new() { AcceptHash = acceptHash, Mirror = mirror is null ? null : MirrorOf(mirror) }, progress, cancellation)
                        .GetAwaiter().GetResult();
                }
                catch (InvalidOperationException error) when (!info.IsVerified && acceptHash is null)
                {
                    throw new CommandException(
                        $"The hash of '{info.Name}' ({info.Source}) is not known here, so that a wrong file cannot be detected. Give its SHA-256 with --accept-hash, or '--accept-hash {AnyHash}' to accept every file.",
                        inner: error);
                }
            }
            if (json)
            {
                console.Out.WriteLine(JsonSerializer.Serialize(new { info.Name, info.License, info.DataTerms, Path = path }, Indented));
                return;
            }
            console.Out.WriteLine($"{info.Name} is at {path}.");
            if (PretrainedWeights.Find(name) is { } used && used != path)
                console.Out.WriteLine($"Trainings use {used}, which is looked for first.");
            console.Out.WriteLine($"Licence of the weights: {info.License}. {info.DataTerms}");
        }
    }

    private static Uri? MirrorOf(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        // A folder's path would be an address as well, with other rules for its signs.
        if (!text.Contains("://", StringComparison.Ordinal))
            return new Uri(Path.GetFullPath(text));
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "file" ? address : null;
    }
}
