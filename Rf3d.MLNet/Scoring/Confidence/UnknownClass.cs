namespace Rf3d.MLNet;

/// <summary>The label of images that are not answered: "Unknown", in parentheses as long as a class has that name.</summary>
internal static class UnknownClass
{
    private const string Usual = "Unknown";

    /// <param name="classes">Names of the classes, of which the label must not be one.</param>
    public static string LabelBeside(IEnumerable<string> classes)
    {
        var known = classes.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var label = Usual;
        while (known.Contains(label))
            label = $"({label})";
        return label;
    }
}
