using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The result of a candidate in an experiment.</summary>
public enum Rf3dCandidateVerdict
{
    /// <summary>Chosen for training, which has not ended.</summary>
    Kept,

    /// <summary>The best of the trained candidates.</summary>
    Best,

    /// <summary>Trained to the end. Another candidate is better.</summary>
    Finished,

    /// <summary>Trained for a part of its epochs, and then dropped by successive halving.</summary>
    Halved,

    /// <summary>Not begun or not trained to the end when the time limit or a cancellation ended the experiment. <c>Execute</c> with the same folder continues it.</summary>
    Unfinished,

    /// <summary>Its training failed.</summary>
    Failed,

    /// <summary>Not trained: other candidates ranked higher.</summary>
    RankedBelow,

    /// <summary>Not trained, or not to the end: by measured speed it did not fit the time limit. A resumed experiment does not choose again.</summary>
    NoTime,

    /// <summary>Not trained: it exceeds a budget.</summary>
    OverBudget,

    /// <summary>Not trained: another candidate has the same network and recipe.</summary>
    Duplicate,

    /// <summary>Not trained: the network cannot be planned, for example because the images are too small or the block breaks the Rule of Kernel Replacement.</summary>
    NotPlanned,
}

/// <summary>A network and a recipe that an experiment considered: its figures before training, its result and the reason.</summary>
public sealed record Rf3dCandidate
{
    /// <summary>
    /// Base network, width, image size, decomposition and recipe, as in "MobileNet x0.5 32x32 auto default". A pretrained network has the name of its weights, as in
    /// "resnet18.mlnet_in1k 224x224 off default".
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The trainer with this candidate's options and the seed of all trials, to train it outside the experiment.</summary>
    public required Rf3dImageClassificationTrainer Estimator { get; init; }

    /// <summary>The pretrained network, by name, or the file whose weights the training starts from; null for random weights, and if there is no plan.</summary>
    public string? Pretrained { get; init; }

    /// <summary>The network; null where it cannot be planned.</summary>
    public NetworkPlan? Plan { get; init; }

    /// <summary>Total 3DRF gain of the organized network. It can be compared within one base network and image size.</summary>
    public double? Gain => Plan?.OrganizedField.TotalGain;

    /// <summary>Bytes of the ONNX file; null if it was not written because the candidate was dropped before.</summary>
    public long? ModelBytes { get; init; }

    /// <summary>Median milliseconds in which ONNX Runtime scored one image; null where it was not measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Place in the ranking before any training, counted from 1; null where it was not ranked.</summary>
    public int? Rank { get; init; }

    /// <summary>Its result.</summary>
    public required Rf3dCandidateVerdict Verdict { get; init; }

    /// <summary>The reason, as a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>Epochs that it was trained for.</summary>
    public int Epochs { get; init; }

    /// <summary>The optimizing metric on the validation images after those epochs; null when it was not trained.</summary>
    public double? Score { get; init; }

    /// <summary>Comparison with the best candidate on the same validation images; null for the best candidate and for candidates not trained to the end.</summary>
    public Rf3dCandidateComparison? ComparedWithBest { get; init; }
}
