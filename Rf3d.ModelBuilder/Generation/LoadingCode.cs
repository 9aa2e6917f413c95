namespace Rf3d.ModelBuilder;

/// <summary>The expressions of generated code that load the images of each part in the form that it had in the training, and words for this form.</summary>
internal static class LoadingCode
{
    public static IEnumerable<(string Placeholder, string Code)> Values(TrainingRequest request, DataSets data)
    {
        var (train, validation) = (data.Source.Train, data.ValidationPart);
        // Those held out are known only as a share of the training images: all of these measure.
        var measured = data.TestPart ?? validation ?? train;
        // The options name the columns once, for every table that there is.
        var table = train.Table ?? validation?.Table;
        var without = Without(request);
        var options = $"Classes = classes, OnBadImage = BadImageAction.{(request.SkipBadImages ? "Skip" : "Fail")}, MaxPixels = {Numbers.Text($"{ImageSizeLimit.Pixels(request.MaxMegapixels)}")}, "
            + $"ApplyOrientation = {OptionValues.Code(request.ApplyOrientation)}";
        yield return ("OptionsType", OptionsType(table));
        yield return ("TableColumns", Columns(table));
        yield return ("LoadTrain", Load(train, "folder", null, "ImageOptions()") + without);
        yield return ("LoadValidation", Load(validation, "validationFolder", "train.Classes", "ImageOptions(train.Classes)") + without);
        yield return ("LoadEvaluation", Load(measured, "folder", "classes", $"new {OptionsType(measured.Table)} {{ {options}{Columns(measured.Table)} }}") + without);
        yield return ("TrainLayout", Layout(train));
        yield return ("ValidationLayout", Layout(validation));
        yield return ("EvaluateLayout", Layout(measured));
    }

    /// <param name="part">The part; null for images of which only the folder will be known: one of class folders.</param>
    /// <param name="folder">The expression of the folder.</param>
    /// <param name="classes">The expression of the classes; null for those that the images have.</param>
    /// <param name="options">The expression of the options, which name the classes, too.</param>
    private static string Load(DataPart? part, string folder, string? classes, string options) => part switch
    {
        { Mnist: { } split } => $"mlContext.Data.LoadMnist({folder}, {OptionValues.Code(split)}{(classes is null ? "" : $", {classes}")})",
        { Table: { } labels } => $"mlContext.Data.LoadImageTable({Escaped.CSharp(Path.GetFullPath(labels.File!))}, {folder}, {options})",
        _ => $"mlContext.Data.LoadImageFolder({folder}, {options})",
    };

    /// <summary>Words for the content of the folder that <see cref="Load"/> reads.</summary>
    private static string Layout(DataPart? part) => part switch
    {
        { Mnist: not null } => "the files of MNIST",
        { Table: not null } => "the images that the table of labels names",
        _ => "one folder of images for each class",
    };

    /// <summary>Leaves out the files that the training left out.</summary>
    private static string Without(TrainingRequest request) => request.Exclude is { } file
        ? $".Without(ImageExclusionTable.Read({Escaped.CSharp(Path.GetFullPath(file))}, {Escaped.CSharp(DataSource.BaseOf(request.Dataset))}))"
        : "";

    // Those of a table are options of a folder, too.
    private static string OptionsType(LabelTable? table) => table is null ? "ImageFolderOptions" : "ImageTableOptions";

    private static string Columns(LabelTable? table) =>
        (table?.PathColumn is { } path ? $", PathColumn = {Escaped.CSharp(path)}" : "") + (table?.LabelColumn is { } label ? $", LabelColumn = {Escaped.CSharp(label)}" : "");
}
