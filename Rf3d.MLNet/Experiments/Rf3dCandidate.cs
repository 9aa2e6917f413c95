using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>What became of a candidate.</summary>
public enum Rf3dCandidateVerdict
{
    /// <summary>Ranked well enough to be trained; its training is not over.</summary>
    Kept,

    /// <summary>The best of all that were trained.</summary>
    Best,

    /// <summary>Trained to the end; another is better.</summary>
    Finished,

    /// <summary>Trained for a part of its epochs, then behind half of the others.</summary>
    Halved,

    /// <summary>In training when the experiment ended by its time limit or a cancellation.</summary>
    Unfinished,

    /// <summary>Its training failed.</summary>
    Failed,

    /// <summary>Not trained: others ranked before it.</summary>
    RankedBelow,

    /// <summary>Not trained: by measured speed the time limit leaves no room for it.</summary>
    NoTime,

    /// <summary>Not trained: it exceeds a budget.</summary>
    OverBudget,

    /// <summary>Not trained: another candidate has the same network and recipe.</summary>
    Duplicate,

    /// <summary>Not trained: there is no such network, as for images that are too small or a block that breaks the paper's rule.</summary>
    NotPlanned,
}

/// <summary>A network and a recipe that an experiment considered: its figures before training, and what became of it and why.</summary>
public sealed record Rf3dCandidate
{
    /// <summary>Base network, width, image size, decomposition and recipe, as in "MobileNet x0.5 32x32 auto default".</summary>
    public required string Name { get; init; }

    /// <summary>The trainer with this candidate's options and the seed of all trials, to train it outside the experiment.</summary>
    public required Rf3dImageClassificationTrainer Estimator { get; init; }

    /// <summary>The network; null where it cannot be planned.</summary>
    public NetworkPlan? Plan { get; init; }

    /// <summary>Total 3DRF gain of the organized network: compares within one base network and image size.</summary>
    public double? Gain => Plan?.OrganizedField.TotalGain;

    /// <summary>Bytes of the ONNX file; null where it was not written, since the candidate was dropped before.</summary>
    public long? ModelBytes { get; init; }

    /// <summary>Median milliseconds in which ONNX Runtime scored one image; null where it was not measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Place in the ranking before any training, counted from 1; null where it was not ranked.</summary>
    public int? Rank { get; init; }

    /// <summary>What became of it.</summary>
    public required Rf3dCandidateVerdict Verdict { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>Epochs that it was trained for.</summary>
    public int Epochs { get; init; }

    /// <summary>The optimizing metric on the validation images after those epochs; null when it was not trained.</summary>
    public double? Score { get; init; }

    /// <summary>
    /// This candidate beside the best one, on the same validation images; null for the best one itself, and for what was not trained to the end.
    /// </summary>
    public Rf3dCandidateComparison? ComparedWithBest { get; init; }
}
