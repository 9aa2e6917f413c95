using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>Whether the log in a folder is of the current experiment.</summary>
internal static class ExperimentIdentity
{
    // Around the names of candidates, which keeps them apart from those of settings.
    private const char CandidateMark = '\'';

    /// <summary>Begins the log, or compares it.</summary>
    /// <exception cref="OptionConflictException">The log is of an experiment with other settings or data.</exception>
    public static void Check(TrialLog log, string? folder, int seed, SortedDictionary<string, string> fingerprint)
    {
        if (log.All<ExperimentEntry>().FirstOrDefault() is not { } then)
        {
            log.Append(new ExperimentEntry(TrialLog.CurrentVersion, seed, fingerprint));
            return;
        }
        var differences = new CheckpointOrigin(then.Fingerprint, "", "").DifferencesTo(fingerprint).ToList();
        if (then.Seed != seed)
            differences.Insert(0, OptionText.Of($"{new OptionName(nameof(Rf3dExperimentSettings.Seed))} was {then.Seed}, is {seed}"));
        if (differences.Count > 0)
        {
            // Of candidates, only hashes can be compared.
            var isOfCandidates = then.Seed == seed && then.Fingerprint.Keys.Union(fingerprint.Keys).All(key => IsCandidate(key) || then.Fingerprint.GetValueOrDefault(key) == fingerprint.GetValueOrDefault(key));
            var unchanged = isOfCandidates ? " If nothing was changed, pretrained weights were installed or removed in between, or an earlier version of Rf3d.MLNet began it, whose defaults were others." : "";
            throw new OptionConflictException(
                $"The experiment in '{folder}' has other settings or data: {differences}. Undo that to resume it; to start a new one, choose another {new OptionName(nameof(Rf3dExperimentSettings.ExperimentDirectory))} or delete the folder.{unchanged}");
        }
    }

    private static string EntryOf(CandidateConfiguration configuration) => $"{CandidateMark}{configuration.Name}{CandidateMark}";

    private static bool IsCandidate(string entry) => entry.StartsWith(CandidateMark);

    /// <summary>Settings, candidates and data by name, as texts. Limits of time and memory may change.</summary>
    public static SortedDictionary<string, string> Of(
        Rf3dExperimentSettings settings, IReadOnlyList<CandidateConfiguration> configurations, string labelColumnName, IDataView training, IDataView? validation)
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal)
        {
            ["the training data"] = HeldOutRows.Describe(training, labelColumnName),
            ["the validation data"] = validation is null
                ? string.Create(CultureInfo.InvariantCulture, $"{settings.ValidationFraction} of the training data")
                : HeldOutRows.Describe(validation, labelColumnName),
            [nameof(settings.OptimizingMetric)] = settings.OptimizingMetric.ToString(),
        };
        Add(nameof(settings.MaxModels), settings.MaxModels);
        Add(nameof(settings.MaxMacs), settings.MaxMacs);
        Add(nameof(settings.MaxParameters), settings.MaxParameters);
        Add(nameof(settings.MaxModelBytes), settings.MaxModelBytes);
        Add(nameof(settings.MaxLatencyMilliseconds), settings.MaxLatencyMilliseconds);
        foreach (var configuration in configurations)
            entries[EntryOf(configuration)] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration.Identity)))[..16];
        return entries;

        void Add(string name, IFormattable? value)
        {
            if (value is not null)
                entries[name] = value.ToString(null, CultureInfo.InvariantCulture);
        }
    }
}
