namespace Rf3d.Datasets;

/// <summary>Which part of CIFAR to load.</summary>
public enum CifarSplit
{
    /// <summary>The 50,000 training images.</summary>
    Train,

    /// <summary>The 10,000 test images.</summary>
    Test,
}
