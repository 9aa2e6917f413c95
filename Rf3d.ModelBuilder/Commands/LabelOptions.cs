using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary>The options of labels in a table, alike in every command that reads labelled images.</summary>
internal sealed class LabelOptions
{
    private readonly Option<string?> _file = new("--labels") { HelpName = "FILE", Description = "Table of the labels (.csv, .tsv or .jsonl) of the images in the dataset. Default: a table in the dataset that names its images, if the dataset has no class folders." };
    private readonly Option<string?> _path = new("--image-column") { HelpName = "NAME", Description = "Column of the image files in a table of labels. Default: found by its name, such as path, filename, image or id." };
    private readonly Option<string?> _label = new("--label-column") { HelpName = "NAME", Description = "Column of the labels in a table of labels. Default: found by its name, such as label, class or category." };

    public IEnumerable<Option> All => [_file, _path, _label];

    /// <returns>Null where no option is given.</returns>
    public LabelTable? Value(CommandResult arguments) => (arguments.GetValue(_file), arguments.GetValue(_path), arguments.GetValue(_label)) switch
    {
        (null, null, null) => null,
        var (file, path, label) => new(file, path, label),
    };
}
