namespace Rf3d.Datasets;

/// <summary>The part of MNIST, or of a data set in its format.</summary>
public enum MnistSplit
{
    /// <summary>The training images: <c>train-images-idx3-ubyte</c>.</summary>
    Train,

    /// <summary>The test images: <c>t10k-images-idx3-ubyte</c>.</summary>
    Test,
}
