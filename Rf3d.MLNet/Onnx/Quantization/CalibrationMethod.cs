namespace Rf3d.MLNet;

/// <summary>How the range of a feature map's values is chosen that 8 bits represent. Values outside it are clipped to its ends.</summary>
public enum CalibrationMethod
{
    /// <summary>From the smallest to the largest value of all calibration images. One extreme value makes the levels of all others coarse.</summary>
    MinMax,

    /// <summary>The range without the 0.005 % smallest and the 0.005 % largest values.</summary>
    Percentile,

    /// <summary>The range with the least mean squared error between the values and their levels, by rounding and clipping together.</summary>
    MeanSquaredError,
}
