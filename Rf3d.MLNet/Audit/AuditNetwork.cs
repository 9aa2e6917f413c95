using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The pretrained network of an audit, for images of one size.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Layout">The network.</param>
/// <param name="Weights">Its weights; those of the last layer are 0 and not used.</param>
/// <param name="Statistics">By which pixels are normalised.</param>
internal sealed record AuditNetwork(string Name, NetworkLayout Layout, WeightTable Weights, ChannelStatistics Statistics)
{
    private static readonly OptionName Option = new(nameof(ImageAuditOptions.Pretrained));

    // The last layer is not used: any number of classes will do.
    private const int Classes = 2;

    /// <param name="pretrained">A name, a file, or "auto".</param>
    /// <exception cref="OptionConflictException">There is no such file or name, or its weights are not on this machine.</exception>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    public static PretrainedNetwork Open(string pretrained)
    {
        var name = pretrained is PretrainedChoice.Automatic ? PretrainedWeights.Names.FirstOrDefault(each => PretrainedWeights.Find(each) is not null) : pretrained;
        if (name is null)
        {
            throw new OptionConflictException(
                $"{Option} is \"{PretrainedChoice.Automatic}\", and there are no pretrained weights on this machine, without which images cannot be compared. 'rf3d install-weights {PretrainedWeights.Names[0]}' or PretrainedWeights.InstallAsync fetches them once; or name a file (.onnx, .safetensors, .pth).");
        }
        return PretrainedChoice.Open(name);
    }

    /// <param name="known">The pretrained network.</param>
    /// <param name="size">Size of the images.</param>
    public static AuditNetwork Of(PretrainedNetwork known, Size2D size)
    {
        var layout = NetworkLayout.Of(known.For(size.Height, size.Width, Classes));
        return new(known.Name, layout, known.For(layout, WeightShapes.Zeros(layout)!).Weights, known.Input.StatisticsFor(size.Height, size.Width));
    }
}
