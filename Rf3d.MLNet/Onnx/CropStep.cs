using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Cuts out the middle part of the images: written, and found again.</summary>
/// <param name="Image">Size of the images that go in.</param>
/// <param name="Crop">Size of the crop.</param>
internal sealed record CropStep(Size2D Image, Size2D Crop) : InputStep
{
    private const string Output = "crop.output";

    public override TensorShape InputOf(TensorShape output) => output with { Height = Image.Height, Width = Image.Width };

    public override string Write(OnnxGraphBuilder graph, string images)
    {
        var (top, left) = ((Image.Height - Crop.Height) / 2L, (Image.Width - Crop.Width) / 2L);
        graph.AddNode(
            "Slice",
            [
                images,
                graph.AddInitializer("crop.starts", [2], [top, left]),
                graph.AddInitializer("crop.ends", [2], [top + Crop.Height, left + Crop.Width]),
                graph.AddInitializer("crop.axes", [2], [2L, 3L]),
            ],
            [Output]);
        return Output;
    }

    /// <summary>Finds the crop at the start of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="images">Its input.</param>
    /// <param name="shape">The shape of one image.</param>
    /// <returns>The value that has the cropped images, and their shape; the images themselves where the graph crops nothing.</returns>
    /// <exception cref="NetworkImportException">The graph cuts out something else than the middle.</exception>
    public static (string Value, TensorShape Shape) Read(OnnxGraph graph, string images, TensorShape shape)
    {
        if (graph.Readers(images) is not [{ OpType: "Slice" } slice])
            return (images, shape);
        var name = OnnxNode.Describe(slice);
        var (starts, ends, axes, steps) = (Constant(1), Constant(2), Constant(3), Constant(4));
        if (slice.Input(0) != images || starts is not [var top, var left] || ends is not [var bottom, var right] || axes is not ([2, 3] or [-2, -1]) || steps is not (null or [1, 1]))
            throw NetworkImportException.At(name, "cuts the images; supported is one that gives starts and ends of rows and columns as constants, with steps of 1");
        var (height, width) = (bottom - top, right - left);
        return top >= 0 && left >= 0 && height > 0 && width > 0 && top == (shape.Height - height) / 2 && left == (shape.Width - width) / 2
            ? (slice.Output[0], shape with { Height = (int)height, Width = (int)width })
            : throw NetworkImportException.At(name, $"cuts rows {top} to {bottom} and columns {left} to {right} out of images of {shape.Height}x{shape.Width}; their middle is supported");

        long[]? Constant(int input) => slice.Input(input) is { } value ? graph.Tensor(value)?.Integers() : null;
    }
}
