using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>Options of <see cref="Rf3dSavedModel.Quantize(Microsoft.ML.IDataView, QuantizationOptions?, CancellationToken)"/>.</summary>
public sealed record QuantizationOptions
{
    private const int MostCalibrationImages = 100_000;

    /// <summary>Most images that the ranges of the values are measured on. Of more, as many are taken evenly over the whole data; of fewer, all.</summary>
    /// <value>Images, 1 to 100,000. Default: 300.</value>
    public int CalibrationImages { get; init; } = 300;

    /// <summary>How the range of a feature map is chosen.</summary>
    /// <value>Default: <see cref="CalibrationMethod.MeanSquaredError"/>.</value>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.MeanSquaredError;

    /// <summary>Bits of the weights: 8, or 7 for processors without VNNI, on which sums of products of 8 bits may not fit into 16 bits.</summary>
    /// <value>7 or 8. Default: 8.</value>
    /// <remarks>VNNI is in Intel's processors since 2019 (Cascade Lake, Ice Lake) and in AMD's since 2022 (Zen 4). ARM does not need 7 bits.</remarks>
    public int WeightBits { get; init; } = 8;

    /// <summary>Names of convolutions and hidden linear layers that stay in 32-bit floating point, as in "stage1.block1.conv1".</summary>
    /// <value>Default: none.</value>
    /// <remarks>The exception for an unknown name lists all names.</remarks>
    public ImmutableArray<string> Float32Layers { get; init; } = [];

    /// <summary>How the calibration images are read.</summary>
    /// <value>Default: null, the defaults of <see cref="ImagePredictionOptions"/>; for a folder, the limits of its own options.</value>
    /// <remarks>
    /// <see cref="ImagePredictionOptions.BatchSize"/> is not used. Images of data that are not files of a folder or table have been decoded already: for them <see cref="ImagePredictionOptions.MaxPixels"/> and
    /// <see cref="ImagePredictionOptions.ApplyOrientation"/> are not used either.
    /// </remarks>
    public ImagePredictionOptions? Images { get; init; }

    /// <summary>Receives the number of calibration images that are done, and the number of all, after each image.</summary>
    /// <value>Default: null.</value>
    public Action<CalibrationProgress>? ProgressCallback { get; init; }

    internal static QuantizationOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A figure is out of range.</exception>
    internal QuantizationOptions Checked()
    {
        if (CalibrationImages is < 1 or > MostCalibrationImages)
            throw new ArgumentOutOfRangeException(nameof(CalibrationImages), CalibrationImages, $"{nameof(CalibrationImages)} must be from 1 to {MostCalibrationImages}.");
        if (!Enum.IsDefined(Method))
            throw new ArgumentOutOfRangeException(nameof(Method), Method, $"{nameof(Method)} must be one of {string.Join(", ", Enum.GetNames<CalibrationMethod>())}.");
        if (WeightBits is not (7 or 8))
            throw new ArgumentOutOfRangeException(nameof(WeightBits), WeightBits, $"{nameof(WeightBits)} must be 7 or 8.");
        return this with { Float32Layers = Float32Layers.IsDefault ? [] : Float32Layers, Images = (Images ?? ImagePredictionOptions.Default).Checked() };
    }
}

/// <summary>Progress of a calibration.</summary>
/// <param name="Done">Images that are done.</param>
/// <param name="Count">All images of the calibration.</param>
public readonly record struct CalibrationProgress(int Done, int Count);
