using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>JSON form of networks and of the reports that contain them.</summary>
internal static class ConvNetJson
{
    internal static readonly JsonSerializerOptions Settings = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
    };

    public static string Write(ConvNet network) => JsonSerializer.Serialize(network, Settings);

    public static ConvNet Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ConvNet? network;
        try
        {
            network = JsonSerializer.Deserialize<ConvNet>(json, Settings);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new FormatException($"This is not the JSON of a network: {error.Message}", error);
        }
        if (network is null)
            throw new FormatException("This is not the JSON of a network: it is null.");
        try
        {
            NetworkCost.Of(NetworkLayout.Of(network));
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException($"The JSON describes a network that cannot run: {error.Message}", error);
        }
        return network;
    }
}
