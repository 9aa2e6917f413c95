using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>The mean image of ML.NET's featurizers: a graph beside the network's that puts the channels in the order of blue, green and red and subtracts it.</summary>
internal static class MeanImageFile
{
    /// <summary>The graph's file, in the same folder or in its own beside it, as the package has it; null where it is missing.</summary>
    public static string? Find(string networkPath, string file)
    {
        var inFolder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(networkPath))!, Path.GetFileName(file));
        return File.Exists(inFolder) ? inFolder : FindInPackage(networkPath, file);
    }

    /// <summary>The graph's file in its own folder beside the network's, where ML.NET's packages have it: a network there is of such a package. Null where it is missing.</summary>
    public static string? FindInPackage(string networkPath, string file)
    {
        var own = Path.GetFileName(Path.GetDirectoryName(file)) ?? "";
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(networkPath))!, "..", own, Path.GetFileName(file));
        return File.Exists(path) ? path : null;
    }

    /// <returns>3 × height × width values, red first.</returns>
    /// <exception cref="FormatException">The file is damaged, or holds no such image.</exception>
    public static float[] Read(string path, int height, int width)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new FormatException($"the mean image of '{path}' cannot be read: {error.Message}", error);
        }
        var pixels = height * width;
        var values = model.Graph?.Initializer.Select(tensor => tensor.Floats()).FirstOrDefault(numbers => numbers?.Length == 3 * pixels)
            ?? throw new FormatException($"'{path}' holds no mean image of 3x{height}x{width}");
        return [.. values[(2 * pixels)..], .. values[pixels..(2 * pixels)], .. values[..pixels]];
    }
}
