using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>
/// The log of an experiment: a file of JSON lines, to which each finished trial is appended and flushed to the disk. A last line that a killed process left
/// unfinished is cut off. Open for one experiment at a time.
/// </summary>
internal sealed class TrialLog : IDisposable
{
    public const string FileName = "trials.jsonl";

    /// <summary>Raised where this version of the library could not resume from a later log.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // A loss may be infinite.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly List<Line> _lines;

    private TrialLog(FileStream folderLock, FileStream file, List<Line> lines) => (_lock, _file, _lines) = (folderLock, file, lines);

    // One that counts: a line that was taken back is not among them.
    private readonly record struct Line(string Text, LogEntry Entry);

    /// <summary>The file.</summary>
    public string Path => _file.Name;

    /// <summary>Opens the log of a folder, or begins it. Makes the folder if need be.</summary>
    /// <exception cref="IOException">It cannot be written to, or another experiment uses it.</exception>
    /// <exception cref="FormatException">A line before the last is damaged, or contradicts an earlier one; the message names it.</exception>
    public static TrialLog Open(string folder)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), FileName);
        FileStream? folderLock = null;
        FileStream file;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            // The log itself is for everybody to read. Held by the system for the process, so that it is gone when the process is.
            folderLock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            folderLock?.Dispose();
            throw new IOException(
                $"The log of the experiment '{path}' cannot be used: {error.Message} If another experiment uses it, give this one a folder of its own; else choose a folder that you may write to.",
                error);
        }
        try
        {
            return new TrialLog(folderLock, file, Read(file, path));
        }
        catch
        {
            file.Dispose();
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>The entries of a kind, in the order in which they were written.</summary>
    public IEnumerable<T> All<T>()
        where T : LogEntry => _lines.Select(line => line.Entry).OfType<T>();

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(LogEntry entry)
    {
        var text = JsonSerializer.Serialize(entry, Json);
        _file.Write(Encoding.UTF8.GetBytes($"{text}\n"));
        _file.Flush(flushToDisk: true);
        Add(_lines, new(text, entry));
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private static void Add(List<Line> lines, Line line)
    {
        if (line.Entry is not RetryEntry retry)
        {
            lines.Add(line);
            return;
        }
        var failure = lines.FindLastIndex(other => other.Entry is TrialEntry { Error: not null } trial && trial.Candidate == retry.Candidate);
        for (var index = lines.Count - 1; failure >= 0 && index >= failure; index--)
        {
            if (index == failure || lines[index].Entry is RungEntry)
                lines.RemoveAt(index);
        }
    }

    private static List<Line> Read(FileStream file, string path)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        // Without its end a line was being written when the process died.
        var length = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        file.SetLength(length);
        file.Position = length;
        List<Line> lines = [];
        var texts = Encoding.UTF8.GetString(bytes, 0, length).Split('\n');
        // Before the other lines, which a later version may write in another form.
        if (texts.FirstOrDefault(text => text.Length > 0) is { } first)
            CheckVersion(first, path);
        var number = 0;
        foreach (var text in texts)
        {
            number++;
            // A line that is there twice says nothing new.
            if (text.Length == 0 || lines.Exists(other => other.Text == text))
                continue;
            try
            {
                var entry = JsonSerializer.Deserialize<LogEntry>(text, Json) ?? throw new JsonException("there is no entry");
                if (lines.Exists(other => other.Entry.IsAboutTheSameAs(entry)))
                    throw new JsonException("It says something else than an earlier line about the same.");
                Add(lines, new(text, entry));
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"Line {number} of '{path}' is damaged: {error.Message} Delete the line to repeat its trial, or the folder to start again."), error);
            }
        }
        return lines;
    }

    /// <exception cref="FormatException">The line is not the first one of a log, or that of another version's.</exception>
    private static void CheckVersion(string line, string path)
    {
        int? version = null;
        try
        {
            version = JsonNode.Parse(line) is JsonObject entry && (string?)entry["kind"] == ExperimentEntry.Kind ? (int?)entry["version"] : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // Then it is none.
        }
        if (version is null)
            throw new FormatException($"'{path}' is no log of an experiment. Choose another folder.");
        if (version != CurrentVersion)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{path}' is the log of an experiment in version {version} of its format, and this library reads version {CurrentVersion}. Use the version of Rf3d.MLNet that wrote it, or choose another folder."));
        }
    }
}
