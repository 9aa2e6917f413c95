using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Puts a colour behind the transparent pixels of an image: from planes of alpha, red, green and blue, the colours multiplied by alpha / 255 as ML.NET has them, to red,
/// green and blue. Each is min(colour, alpha) + round(background · (255 − alpha) / 255), whole numbers from 0 to 255, and the same as in training.
/// </summary>
/// <param name="Background">Red, green and blue, 0 to 255.</param>
internal sealed record CompositeStep(float[] Background) : InputStep
{
    // A colour above its alpha is not multiplied by it; without the minimum it would be beyond white.
    private const string Prefix = "composite.";
    private const string Output = Prefix + "output";
    private const float Opaque = 255;

    public override TensorShape InputOf(TensorShape output) => output with { Channels = output.Channels + 1 };

    public override string Write(OnnxGraphBuilder graph, string images)
    {
        var (alpha, colour, clear) = (Prefix + "alpha", Prefix + "colour", Prefix + "clear");
        graph.AddNode("Split", [images, graph.AddInitializer(Prefix + "planes", [2], [1L, Background.Length])], [alpha, colour], new OnnxAttribute("axis", 1));
        graph.AddNode("Min", [colour, alpha], [Prefix + "covered"]);
        graph.AddNode("Sub", [graph.AddInitializer(Prefix + "opaque", [], [Opaque]), alpha], [clear]);
        graph.AddNode("Add", [Prefix + "covered", Behind(graph, clear)], [Output]);
        return Output;
    }

    /// <summary>Makes a graph that begins with this step read red, green and blue alone, which is to say opaque images. Others stay as they are.</summary>
    public static void RemoveFrom(GraphProto graph)
    {
        if (graph.Node.All(node => node.Name != Output))
            return;
        var channels = graph.Input[0].Type.TensorType.Shape.Dim[1];
        channels.DimValue--;
        graph.Node.RemoveAll(node => node.Name.StartsWith(Prefix, StringComparison.Ordinal));
        graph.Initializer.RemoveAll(tensor => tensor.Name.StartsWith(Prefix, StringComparison.Ordinal));
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == Output)
                    node.Input[i] = graph.Input[0].Name;
            }
        }
    }

    /// <summary>The visible part of the background; for white, 255 - alpha.</summary>
    private string Behind(OnnxGraphBuilder graph, string clear)
    {
        if (Array.TrueForAll(Background, value => value == Opaque))
            return clear;
        var shares = graph.AddInitializer(Prefix + "shares", [1, Background.Length, 1, 1], Array.ConvertAll(Background, value => value / Opaque));
        graph.AddNode("Mul", [clear, shares], [Prefix + "shown"]);
        graph.AddNode("Round", [Prefix + "shown"], [Prefix + "behind"]);
        return Prefix + "behind";
    }
}
