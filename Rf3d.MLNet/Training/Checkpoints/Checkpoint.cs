using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>A training at one moment, with everything needed to resume it exactly. Written as one safetensors file.</summary>
/// <param name="Progress">How far it is.</param>
/// <param name="Origin">The training that it belongs to.</param>
/// <param name="Tensors">Weights, optimizer, best weights, random numbers, order of the images, sums of the epoch: see <see cref="TrainingState"/>.</param>
internal sealed record Checkpoint(TrainingProgress Progress, CheckpointOrigin Origin, IReadOnlyDictionary<string, SafeTensorEntry> Tensors)
{
    private const string FormatName = "rf3d.checkpoint";
    private const string FormatVersion = "1";
    private const string ChecksumName = "sha256";

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter<TrainingStopReason>() },
        // A validation loss may be infinite while the training loss is not.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
    };

    /// <summary>Whether a file of tensors is a checkpoint.</summary>
    public static bool Is(SafeTensors file) => file.Metadata.ContainsKey(FormatName);

    public void Write(Stream stream)
    {
        Dictionary<string, string> metadata = new()
        {
            [FormatName] = FormatVersion,
            ["progress"] = JsonSerializer.Serialize(Progress, Json),
            ["fingerprint"] = JsonSerializer.Serialize(Origin.Fingerprint, Json),
            ["plan"] = Origin.Plan,
            ["hardwareFingerprint"] = Origin.HardwareFingerprint,
        };
        metadata[ChecksumName] = Checksum(metadata, Tensors);
        new SafeTensors(metadata, Tensors).Write(stream);
    }

    /// <exception cref="FormatException">The file is damaged, or of another version; the message says what is wrong, not which file.</exception>
    public static Checkpoint From(SafeTensors file)
    {
        if (!file.Metadata.TryGetValue(FormatName, out var version))
            throw new FormatException("it holds tensors, but no checkpoint");
        if (version != FormatVersion)
            throw new FormatException($"it has version {version} of the checkpoint format, and this library reads version {FormatVersion}. Use the version of Rf3d.MLNet that wrote it");
        if (Checksum(file.Metadata, file.Tensors) != file.Metadata.GetValueOrDefault(ChecksumName))
            throw new FormatException("its content does not match its checksum");
        try
        {
            return new(
                JsonSerializer.Deserialize<TrainingProgress>(file.Metadata["progress"], Json)!,
                new(
                    JsonSerializer.Deserialize<Dictionary<string, string>>(file.Metadata["fingerprint"], Json)!,
                    file.Metadata["plan"],
                    file.Metadata["hardwareFingerprint"]),
                file.Tensors);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException)
        {
            throw new FormatException($"its description cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Over the texts and the tensors with their names: a changed bit anywhere but in the formatting of the header shows.</summary>
    private static string Checksum(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafeTensorEntry> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, text) in metadata.Where(entry => entry.Key != ChecksumName).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Append(Encoding.UTF8.GetBytes(name));
            Append(Encoding.UTF8.GetBytes(text));
        }
        foreach (var (name, tensor) in tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name} {tensor.Type} {SafeTensorEntry.Describe(tensor.Shape)}")));
            AppendLength(tensor.ByteCount);
            tensor.Read((_, piece) => hash.AppendData(piece));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        // With its length first, so that nothing can move from one piece to the next.
        void Append(byte[] piece)
        {
            AppendLength(piece.Length);
            hash.AppendData(piece);
        }

        void AppendLength(long count)
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, count);
            hash.AppendData(length);
        }
    }
}

/// <summary>The training that a checkpoint belongs to.</summary>
/// <param name="Fingerprint">Options and data by name, as texts that people can compare.</param>
/// <param name="Plan">The plan's JSON, for readers of the file.</param>
/// <param name="HardwareFingerprint">Device, threads and versions, which decide over the last bits of the weights.</param>
internal sealed record CheckpointOrigin(IReadOnlyDictionary<string, string> Fingerprint, string Plan, string HardwareFingerprint)
{
    /// <summary>The differences, by name, with both values.</summary>
    /// <param name="now">Options and data of today.</param>
    public IReadOnlyList<OptionText> DifferencesTo(IReadOnlyDictionary<string, string> now) =>
    [
        .. Fingerprint.Keys.Union(now.Keys)
            .Select(name => (Name: name, Then: Fingerprint.GetValueOrDefault(name, "not set"), Now: now.GetValueOrDefault(name, "not set")))
            .Where(value => value.Then != value.Now)
            .Select(value => OptionText.Of($"{new OptionName(value.Name)} was {value.Then}, is {value.Now}")),
    ];
}
