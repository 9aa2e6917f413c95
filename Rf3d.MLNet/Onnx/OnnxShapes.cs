using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Works out the integers that Reshape nodes and the like are given. Exporters write them as constants, or as arithmetic on the shapes of values
/// (Shape, Gather, Concat …), which comes from <c>x.view(x.size(0), -1)</c>.
/// </summary>
internal sealed class OnnxShapes(OnnxGraph graph)
{
    /// <summary>Represents the number of images, which is known only when the graph runs.</summary>
    public const long Batch = long.MinValue;

    // A graph that needs more than this has no arithmetic of shapes, or has a cycle.
    private const int MostSteps = 256;

    private readonly Dictionary<string, TensorShape> _maps = new(StringComparer.Ordinal);
    private int _steps;

    /// <summary>Notes the shape of feature maps, [batch, channels, height, width].</summary>
    public void Note(string value, TensorShape shape) => _maps[value] = shape;

    /// <summary>The integers of a value; null where they are not known.</summary>
    public long[]? Integers(string? value)
    {
        _steps = 0;
        return value is null ? null : WorkOut(value);
    }

    private long[]? WorkOut(string value)
    {
        if (graph.Tensor(value) is { } tensor)
            return tensor.Integers();
        if (graph.Maker(value) is not { Input.Count: > 0 } node || ++_steps > MostSteps)
            return null;
        var first = node.OpType == "Shape" ? null : WorkOut(node.Input[0]);
        return node.OpType switch
        {
            "Shape" => Shape(node),
            "Identity" or "Cast" or "Unsqueeze" or "Squeeze" => first,
            "Gather" => Gather(first, Second()),
            "Concat" => Concat(node),
            "Mul" => Each(first, Second(), (a, b) => a * b),
            "Div" => Each(first, Second(), (a, b) => b == 0 ? null : a / b),
            _ => null,
        };

        long[]? Second() => node.Input(1) is { } second ? WorkOut(second) : null;
    }

    private long[]? Shape(NodeProto node)
    {
        if (!_maps.TryGetValue(node.Input[0], out var maps))
            return null;
        long[] shape = [Batch, maps.Channels, maps.Height, maps.Width];
        var (start, end) = (Place(node.Integer("start", 0)), Place(node.Integer("end", shape.Length)));
        return start < end ? shape[start..end] : [];

        int Place(long number) => (int)Math.Clamp(number < 0 ? number + shape.Length : number, 0, shape.Length);
    }

    private long[]? Concat(NodeProto node)
    {
        var parts = node.Input.Take(8).Select(WorkOut).ToList();
        return parts.Contains(null) || parts.Sum(part => part!.Length) > 8 ? null : [.. parts.SelectMany(part => part!)];
    }

    private static long[]? Gather(long[]? values, long[]? places) =>
        values is null || places is null || places.Any(place => place >= values.Length || place < -values.Length)
            ? null
            : [.. places.Select(place => values[place < 0 ? place + values.Length : place])];

    private static long[]? Each(long[]? left, long[]? right, Func<long, long, long?> compute) =>
        left is [var a] && right is [var b] && IsSmall(a) && IsSmall(b) && compute(a, b) is { } result ? [result] : null;

    private static bool IsSmall(long value) => Math.Abs(value / 2) < int.MaxValue;
}
