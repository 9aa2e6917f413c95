using System.Text.RegularExpressions;

namespace Rf3d.Datasets;

/// <summary>A part of a data set.</summary>
internal enum SplitKind
{
    Train,
    Validation,
    Test,
}

/// <summary>Tells by the name of a folder which part of a data set it holds: <c>train</c>, <c>Training</c>, <c>training_set</c>, <c>seg_train</c>, <c>val</c>, <c>valid</c>, <c>Testing</c>.</summary>
internal static partial class SplitNames
{
    /// <summary>For messages.</summary>
    public const string Train = "train, training";

    /// <summary>For messages.</summary>
    public const string Validation = "val, valid, validation";

    // Words that go with the others, as in training_set, seg_train or test_images.
    private static readonly string[] Fillers = ["set", "data", "dataset", "images", "image", "imgs", "img", "seg", "split"];

    public static SplitKind? Of(string folderName)
    {
        var words = Separator().Split(folderName).Where(word => word.Length > 0 && !Fillers.Contains(word, StringComparer.OrdinalIgnoreCase)).ToList();
        return words.Count == 1 ? KindOf(words[0].ToLowerInvariant()) : null;
    }

    private static SplitKind? KindOf(string word) => word switch
    {
        "train" or "training" or "trainset" or "traindata" => SplitKind.Train,
        "val" or "valid" or "validation" or "valset" => SplitKind.Validation,
        "test" or "testing" or "testset" or "testdata" => SplitKind.Test,
        _ => null,
    };

    [GeneratedRegex("[^a-zA-Z0-9]+")]
    private static partial Regex Separator();
}
