namespace Rf3d.Datasets;

/// <summary>Which images of MNIST, or of a data set in its form.</summary>
public enum MnistSplit
{
    /// <summary>The training images: <c>train-images-idx3-ubyte</c>.</summary>
    Train,

    /// <summary>The test images: <c>t10k-images-idx3-ubyte</c>.</summary>
    Test,
}
