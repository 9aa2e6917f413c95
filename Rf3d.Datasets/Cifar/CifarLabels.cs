namespace Rf3d.Datasets;

/// <summary>Which of the two labels of a CIFAR-100 image to load.</summary>
public enum CifarLabels
{
    /// <summary>The 100 classes, such as "maple_tree".</summary>
    Fine,

    /// <summary>The 20 super-classes of five classes each, such as "trees".</summary>
    Coarse,
}
