namespace Rf3d.ModelBuilder;

/// <summary>The expressions of generated code that load images in the form that the data set has.</summary>
internal static class LoadingCode
{
    public static IEnumerable<(string Placeholder, string Code)> Values(TrainingRequest request, DataSets data)
    {
        var (source, table) = (data.Source, data.Source.Table);
        yield return ("OptionsType", table is null ? "ImageFolderOptions" : "ImageTableOptions");
        yield return ("TableColumns", Columns(table));
        var without = Without(request);
        yield return ("Without", without);
        yield return ("LoadTrain", source switch
        {
            { IsMnist: true } => "mlContext.Data.LoadMnist(folder)",
            { Table: { } labels } => $"mlContext.Data.LoadImageTable({Table(labels)}, folder, ImageOptions())",
            _ => "mlContext.Data.LoadImageFolder(folder, ImageOptions())",
        } + without);
        var options = $"Classes = classes, OnBadImage = BadImageAction.{(request.SkipBadImages ? "Skip" : "Fail")}, MaxPixels = {Numbers.Text($"{ImageSizeLimit.Pixels(request.MaxMegapixels)}")}, "
            + $"ApplyOrientation = {OptionValues.Code(request.ApplyOrientation)}";
        // Measured on images held out of the training images, or on a separate set.
        var isOwn = data.Test is null ? !data.IsHeldOut : request.TestDataset is not null;
        yield return ("LoadEvaluation", source switch
        {
            { IsMnist: true } when !isOwn => $"mlContext.Data.LoadMnist(folder, MnistSplit.{(data.Test is null ? "Train" : "Test")}, classes)",
            { Table: { } labels } when !isOwn => $"mlContext.Data.LoadImageTable({Table(labels)}, folder, new ImageTableOptions {{ {options}{Columns(labels)} }})",
            _ => $"mlContext.Data.LoadImageFolder(folder, new ImageFolderOptions {{ {options} }})",
        } + without);
    }

    /// <summary>Leaves out the files that the training left out.</summary>
    private static string Without(TrainingRequest request) => request.Exclude is { } file
        ? $".Without(ImageExclusionTable.Read({Escaped.CSharp(Path.GetFullPath(file))}, {Escaped.CSharp(DataSource.BaseOf(request.Dataset))}))"
        : "";

    private static string Table(LabelTable table) => Escaped.CSharp(Path.GetFullPath(table.File!));

    private static string Columns(LabelTable? table) =>
        (table?.PathColumn is { } path ? $", PathColumn = {Escaped.CSharp(path)}" : "") + (table?.LabelColumn is { } label ? $", LabelColumn = {Escaped.CSharp(label)}" : "");
}
