using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Warnings on training images that make the trained model unreliable.</summary>
internal static partial class DataWarnings
{
    private const int NamesInMessage = 5;

    // The class with the fewest images hardly counts in the loss then.
    private const int GreatImbalance = 20;

    // Fewer classes may have letters as arbitrary names.
    private const int FewestCharacters = 8;

    private const string PathColumn = "ImagePath";

    /// <param name="data">The data of the images, whose paths name them.</param>
    /// <param name="labelColumnName">Its labels.</param>
    /// <param name="images">All images of the data.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="isBalanced">Whether the training evens out the sizes of the classes.</param>
    /// <param name="isMirrored">Whether the training mirrors images at random.</param>
    /// <returns>Warnings; empty if there are none.</returns>
    public static IEnumerable<string> Of(IDataView data, string labelColumnName, ImageIndex images, ImmutableArray<string> classes, bool isBalanced, bool isMirrored)
    {
        var conflicts = Conflicts(images);
        if (conflicts.Count > 0)
        {
            var names = NamesOf(data, labelColumnName, [.. conflicts.Take(NamesInMessage).SelectMany(pair => new[] { pair.First, pair.Second })]);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{Count(conflicts.Count, "image has", "images have")} the same pixels at {images.Height}x{images.Width} as an image of another class, and no network can learn both labels: ")
                + string.Join("; ", conflicts.Take(NamesInMessage).Select(pair => $"{Name(pair.Second)} = {Name(pair.First)}"))
                + (conflicts.Count > NamesInMessage ? "; …" : "") + ". Keep each picture in one class.";

            string Name(int row) => $"{names.GetValueOrDefault(row, "an image")} ('{classes[(int)images[row].Label]}')";
        }

        var counts = new long[classes.Length];
        foreach (var image in images.Images)
            counts[image.Label]++;
        var present = Enumerable.Range(0, classes.Length).Where(index => counts[index] > 0).ToList();
        var (least, most) = (present.MinBy(index => counts[index]), present.MaxBy(index => counts[index]));
        if (!isBalanced && counts[most] >= GreatImbalance * counts[least])
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The class '{classes[most]}' has {counts[most]} images and '{classes[least]}' {counts[least]}: the network can be right most of the time without ever predicting '{classes[least]}'. Add images of the small classes, ")
                + "or set ClassWeights to ClassWeights.Auto (rf3d: --class-weights auto), and look at the figures of each class.";
        }

        if (isMirrored && Handedness(classes) is { } reason)
            yield return $"{reason}, and {new OptionName(nameof(TrainingRecipe.RandomFlip))} mirrors training images at random. Set it to false (rf3d: --random-flip false) where a mirrored image is of another class or of none.";

        if (Array.TrueForAll(images.Images, image => IsOfOneColour(image, (long)images.Height * images.Width)))
            yield return "Every image is of one colour, without anything in it. Check the files. Completely transparent images also have one colour.";
    }

    /// <summary>Why left and right seem to matter for the classes, by their names; null where nothing says so.</summary>
    internal static string? Handedness(ImmutableArray<string> classes)
    {
        if (classes.Length >= FewestCharacters && classes.All(name => name.EnumerateRunes().Count() == 1))
            return $"The classes are characters by their names ('{classes[0]}', '{classes[1]}', …)";
        var all = classes.ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in classes)
        {
            var mirrored = Left().Replace(name, "right");
            if (mirrored != name && all.TryGetValue(mirrored, out var other))
                return $"The classes '{name}' and '{other}' differ in left and right by their names";
        }
        return null;
    }

    [GeneratedRegex("left", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Left();

    /// <summary>Images with the pixels of an earlier one that has another label.</summary>
    private static List<(int First, int Second)> Conflicts(ImageIndex images)
    {
        var first = new Dictionary<UInt128, int>();
        var found = new List<(int First, int Second)>();
        for (var row = 0; row < images.Count; row++)
        {
            if (!first.TryAdd(images[row].Digest, row) && images[first[images[row].Digest]].Label != images[row].Label)
                found.Add((first[images[row].Digest], row));
        }
        return found;
    }

    /// <summary>The paths of some images, or their numbers where the data has none.</summary>
    private static Dictionary<int, string> NamesOf(IDataView data, string labelColumnName, HashSet<int> rows)
    {
        if (data.Schema.GetColumnOrNull(PathColumn) is not { Type: TextDataViewType } column)
            return rows.ToDictionary(row => row, row => string.Create(CultureInfo.InvariantCulture, $"image {row}, counted from 0"));
        var names = new Dictionary<int, string>();
        var label = data.Schema[labelColumnName];
        using var cursor = data.GetRowCursor([column, label]);
        var (getPath, getLabel) = (cursor.GetGetter<ReadOnlyMemory<char>>(column), cursor.GetGetter<uint>(label));
        var last = rows.Max();
        for (var row = 0; row <= last && cursor.MoveNext();)
        {
            uint key = 0;
            getLabel(ref key);
            // Rows without a label are no images here.
            if (key == 0)
                continue;
            if (rows.Contains(row))
            {
                ReadOnlyMemory<char> path = default;
                getPath(ref path);
                names[row] = $"'{path}'";
            }
            row++;
        }
        return names;
    }

    private static bool IsOfOneColour(ImageEntry image, long pixels) =>
        IsConstant(image.Sums.Red, image.Squares.Red, pixels) && IsConstant(image.Sums.Green, image.Squares.Green, pixels) && IsConstant(image.Sums.Blue, image.Squares.Blue, pixels);

    // By the inequality of Cauchy and Schwarz, which is an equality for equal values alone.
    private static bool IsConstant(long sum, long squares, long pixels) => (Int128)sum * sum == (Int128)squares * pixels;

    private static string Count(int number, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}");
}
