using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>The values that were counted on the calibration images.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="Histograms">The counts of the values, by their names.</param>
internal sealed record CountedRanges(int Images, IReadOnlyDictionary<string, ActivationHistogram> Histograms);

/// <summary>Makes the network of a saved model compute with fewer bits.</summary>
internal static class NetworkQuantization
{
    private const int BitsOfHalf = 16;

    /// <summary>To 8-bit integers.</summary>
    /// <param name="backbone">The network without its last layer, in float32.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="calibrate">Measures the values of these names.</param>
    /// <exception cref="ArgumentException">There is no layer of a name.</exception>
    /// <exception cref="NotSupportedException">There is no layer to quantize.</exception>
    public static byte[] ToInt8(byte[] backbone, QuantizationOptions options, Func<IReadOnlyList<string>, CountedRanges> calibrate)
    {
        var model = Parse(backbone);
        var constants = new ConstantValues(model);
        var sites = QuantizationSites.Find(model.Graph, constants, options.Float32Layers);
        var calibration = calibrate(sites.Ranges);
        var ranges = calibration.Histograms.ToDictionary(value => value.Key, value => RangeChoice.Choose(value.Value, options.Method), StringComparer.Ordinal);
        IntegerGraph.Rewrite(model.Graph, sites, ranges, constants.Floats(sites.Weights), options.WeightBits);
        return QuantizedNetwork.Finish(model, new ModelQuantization
        {
            Precision = ModelPrecision.Int8,
            Layers = sites.Count,
            Float32Layers = options.Float32Layers,
            CalibrationImages = calibration.Images,
            Method = options.Method,
            WeightBits = options.WeightBits,
        }.ToJson());
    }

    /// <summary>To 16-bit floating point.</summary>
    /// <param name="backbone">The network without its last layer, in float32.</param>
    /// <exception cref="NotSupportedException">There is no layer with weights, or a weight is too large for 16 bits.</exception>
    public static byte[] ToFloat16(byte[] backbone)
    {
        var model = Parse(backbone);
        var layers = HalfGraph.Rewrite(model.Graph, new(model));
        return QuantizedNetwork.Finish(model, new ModelQuantization { Precision = ModelPrecision.Float16, Layers = layers, WeightBits = BitsOfHalf }.ToJson());
    }

    private static ModelProto Parse(byte[] backbone) => OnnxWeights.Parse(backbone) ?? throw new NotSupportedException("The network was not written by this library.");
}
