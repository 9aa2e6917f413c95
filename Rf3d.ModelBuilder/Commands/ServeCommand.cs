using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d serve</c>: a web page on which saved models classify images.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 5080;

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var models = new Argument<string[]>("MODELS") { Description = "One or more .zip files that were trained; the page shows them side by side.", Arity = ArgumentArity.OneOrMore };
        var port = new Option<int>("--port") { HelpName = "PORT", Description = "The port of the page; 0 for any that is free.", DefaultValueFactory = _ => DefaultPort };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && number is < 0 or > ushort.MaxValue)
                result.AddError($"--port is {number}; it must be from 0 to {ushort.MaxValue}.");
        });
        var address = new Option<string>("--address")
        {
            HelpName = "ADDRESS",
            Description = "The IP address to listen on: 0.0.0.0 lets other machines use the page, without a password.",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        address.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !IPAddress.TryParse(result.Tokens[0].Value, out _))
                result.AddError($"--address is '{result.Tokens[0].Value}'; it must be an IP address, for example 127.0.0.1 or 0.0.0.0.");
        });
        var (limit, orientation, unknown) = (new ImageSizeLimit(), new OrientationOption(), new UnknownOptions());
        var command = new Command("serve", "Serves a local web page on which saved models classify images that are dropped, pasted, chosen or taken with a camera. Ctrl+C ends it.") { models, port, address, unknown.MinConfidence, unknown.MinTypicality, limit.Option, orientation.Option };
        command.SetAction(arguments =>
        {
            using var served = ServedModels.Load(arguments.GetValue(models)!, arguments.GetValue(unknown.MinConfidence), arguments.GetValue(unknown.MinTypicality), console.Error.WriteLine);
            var settings = new SiteSettings(IPAddress.Parse(arguments.GetValue(address)!), arguments.GetValue(port), limit.Pixels(arguments), orientation.IsApplied(arguments));
            Run(served, settings, console, cancellation).GetAwaiter().GetResult();
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task Run(ServedModels models, SiteSettings settings, CommandConsole console, CancellationToken cancellation)
    {
        await using var site = ModelSite.Create(models, settings);
        try
        {
            await site.StartAsync(cancellation);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new CommandException($"Port {settings.Port} is in use. Choose another one with --port, or 0 for any that is free.");
        }
        catch (SocketException error)
        {
            throw new CommandException($"{settings.Address}, port {settings.Port}, cannot be listened on: {error.Message} Choose others with --address and --port.");
        }
        foreach (var model in models.All)
            console.Out.WriteLine($"{model.Name}: {string.Join(", ", model.Predictor.Classes)}");
        if (!settings.IsLocal)
            console.Error.WriteLine($"Other machines that reach {settings.Address} can use the page; it has no password.");
        console.Out.WriteLine($"The page is at {Address(site, settings)}. Press Ctrl+C to end it.");
        console.Out.Flush();
        await site.WaitForShutdownAsync(cancellation);
    }

    private static string Address(WebApplication site, SiteSettings settings)
    {
        var address = new Uri(site.Urls.First());
        return settings.Address.Equals(IPAddress.Loopback) || settings.Address.Equals(IPAddress.IPv6Loopback) ? $"http://localhost:{address.Port}" : address.GetLeftPart(UriPartial.Authority);
    }
}
