using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>How the projection of a residual block with a stride brings the block's input to the height and width of its output.</summary>
[JsonConverter(typeof(EnumNameConverter<ResidualDownsampling>))]
public enum ResidualDownsampling
{
    /// <summary>
    /// The 1×1 convolution has the block's stride, and leaves out the pixels between (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016).
    /// </summary>
    StridedConvolution,

    /// <summary>
    /// Average pooling with the block's stride as its window and step, then the 1×1 convolution at stride 1, which so depends on all pixels: ResNet-D (He et al., "Bag
    /// of Tricks for Image Classification with Convolutional Neural Networks", CVPR 2019). A window over the border is the mean of the pixels inside it, so that the
    /// height and width are those of <see cref="StridedConvolution"/>: ⌈size / stride⌉.
    /// </summary>
    AveragePooling,
}
