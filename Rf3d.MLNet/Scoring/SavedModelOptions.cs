namespace Rf3d.MLNet;

/// <summary>Options for loading a saved model.</summary>
public sealed record SavedModelOptions
{
    /// <summary>Device that scores the images of <c>Predict</c> and <c>Evaluate</c>. <see cref="Rf3dSavedModel.Device"/> has the one that was chosen.</summary>
    /// <value>"cpu", "cuda", "cuda:0" and so on, or "auto". Default: "auto".</value>
    /// <remarks>
    /// <para>"auto" is a GPU if the application's ONNX Runtime is built for CUDA and there is one: that of <c>GpuDeviceId</c> of the context, else the first. Otherwise it is the CPU. A GPU that
    /// cannot be used is a warning in the context's log.</para>
    /// <para>"cuda" is the first GPU. It is used by ONNX Runtime if that is built for CUDA, else by libtorch if the application has that for CUDA.</para>
    /// <para>The scores of a GPU and of a CPU differ by rounding. <see cref="Rf3dSavedModel.Transform"/> runs where ML.NET runs its models: on <c>GpuDeviceId</c> of the context, by default on the CPU.</para>
    /// </remarks>
    public string Device { get; init; } = "auto";

    /// <summary>Confidence below which an image is not answered: <see cref="ImagePrediction.PredictedLabel"/> then is <see cref="Rf3dSavedModel.UnknownLabel"/>.</summary>
    /// <value>0 to 1; 0 answers all images. Default: null, the threshold that was stored in the model (<see cref="Rf3dSavedModel.StoreMinConfidence"/>), or 0 if none was.</value>
    public float? MinConfidence { get; init; }

    /// <summary>Typicality below which an image is not answered either (<see cref="ImagePrediction.Typicality"/>). About this share of the images of known classes is then labelled <see cref="Rf3dSavedModel.UnknownLabel"/>.</summary>
    /// <value>0 to 1, usually 0.01 to 0.05; 0 for no such threshold. Default: 0.</value>
    /// <remarks>It needs a model that knows the typicality (<see cref="Rf3dSavedModel.HasTypicality"/>).</remarks>
    public float MinTypicality { get; init; }

    internal static SavedModelOptions Default { get; } = new();

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal SavedModelOptions Checked()
    {
        _ = DeviceRequest.Parse(Device);
        if (MinConfidence is { } threshold)
            ConfidenceThreshold.Check(threshold, nameof(MinConfidence));
        ConfidenceThreshold.Check(MinTypicality, nameof(MinTypicality));
        return this;
    }

    /// <summary>Gives the network that computes the scores; null for the one of <see cref="Device"/>.</summary>
    internal Func<Rf3dSavedModel, IScoringNetwork>? Network { get; init; }
}
