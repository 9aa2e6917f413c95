using System.Text.Json;
using Rf3d.MLNet;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>Writes the list of the pretrained networks that are known by name.</summary>
internal static class WeightsList
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(CommandConsole console, bool json)
    {
        var known = PretrainedWeights.Names.Select(name => (Info: PretrainedWeights.Describe(name), Path: PretrainedWeights.Find(name))).ToList();
        if (json)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(known.Select(item => new
            {
                item.Info.Name,
                item.Info.Description,
                Architecture = item.Info.Architecture.ToString(),
                item.Info.License,
                item.Info.DataTerms,
                item.Info.Source,
                item.Info.IsVerified,
                IsInstalled = item.Path is not null,
                item.Path,
            }), Indented));
            return;
        }
        var table = new Table().AddColumn("name").AddColumn("description").AddColumn("licence").AddColumn("hash").AddColumn("on this machine");
        foreach (var (info, path) in known)
            table.AddRow(info.Name, CommandConsole.Cell(info.Description), info.License, info.IsVerified ? "verified" : "not verified", path is null ? "no" : CommandConsole.Cell(path));
        console.Rich.Write(table);
        console.Out.WriteLine("Not verified: the hash of the published file is not known here; 'rf3d install-weights NAME --accept-hash HASH' fetches it.");
        foreach (var terms in known.Select(item => item.Info.DataTerms).Distinct())
            console.Out.WriteLine(terms);
    }
}
