using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>The networks that <see cref="ConvNetFactory"/> creates. A plan starts from one of them.</summary>
[JsonConverter(typeof(EnumNameConverter<Architecture>))]
public enum Architecture
{
    /// <summary>ResNet18 with half the channels, the default of the trainer. It has a quarter of the cost of ResNet18 and needs few images and epochs.</summary>
    ResNet18Slim,

    /// <summary>MobileNet v1 (Howard et al., 2017): depthwise and pointwise convolutions. The fewest multiply-accumulates for small images.</summary>
    MobileNet,

    /// <summary>VGG with 11 weight layers (Simonyan and Zisserman, ICLR 2015).</summary>
    Vgg11,

    /// <summary>VGG with 13 weight layers.</summary>
    Vgg13,

    /// <summary>VGG with 16 weight layers.</summary>
    Vgg16,

    /// <summary>VGG with 19 weight layers.</summary>
    Vgg19,

    /// <summary>ResNet of 18 layers (He et al., CVPR 2016): two basic blocks in each stage.</summary>
    ResNet18,

    /// <summary>ResNet of 34 layers: basic blocks.</summary>
    ResNet34,

    /// <summary>ResNet of 50 layers: bottleneck blocks.</summary>
    ResNet50,

    /// <summary>ResNet of 101 layers: bottleneck blocks.</summary>
    ResNet101,

    /// <summary>ResNet of 152 layers: bottleneck blocks.</summary>
    ResNet152,

    /// <summary>ResNet-D of 18 layers (He et al., CVPR 2019): ResNet18 with three 3×3 convolutions at the start and average pooling on the residual connections.</summary>
    ResNet18D,

    /// <summary>ResNet-D of 26 layers: two bottleneck blocks in each stage.</summary>
    ResNet26D,

    /// <summary>ResNet-D of 34 layers: basic blocks.</summary>
    ResNet34D,

    /// <summary>ResNet-D of 50 layers: bottleneck blocks.</summary>
    ResNet50D,

    /// <summary>ResNet-D of 101 layers: bottleneck blocks.</summary>
    ResNet101D,
}
