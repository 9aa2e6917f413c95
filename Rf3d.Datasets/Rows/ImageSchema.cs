using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.Datasets;

/// <summary>The columns that every data set here has, and the getters' common parts.</summary>
internal static class ImageSchema
{
    public const string ImageColumn = "Image";
    public const string LabelColumn = "Label";
    public const string PathColumn = "ImagePath";

    public const int Image = 0;
    public const int Label = 1;
    public const int Path = 2;

    private const string KeyValues = "KeyValues";

    // Rf3d.MLNet looks for this name, to tell whether decoded images that it has kept are still those of the data.
    private const string Source = "Rf3d.Source";

    /// <param name="imageType">The type of the images.</param>
    /// <param name="classes">The names of the classes, in the order of the keys.</param>
    /// <param name="source">Gives a text that is another one for other images; asked again each time, since files may change.</param>
    /// <param name="withPath">Whether there is a column of paths.</param>
    public static DataViewSchema Create(ImageDataViewType imageType, IReadOnlyList<string> classes, Func<string> source, bool withPath = false)
    {
        var builder = new DataViewSchema.Builder();
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(Source, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = source().AsMemory());
        builder.AddColumn(ImageColumn, imageType, annotations.ToAnnotations());
        builder.AddColumn(LabelColumn, new KeyDataViewType(typeof(uint), classes.Count), Names(classes));
        if (withPath)
            builder.AddColumn(PathColumn, TextDataViewType.Instance);
        return builder.ToSchema();
    }

    /// <summary>
    /// Puts a new image into a getter's value. The image that the caller passes is disposed, as ML.NET's own image
    /// loading does, so a pass that keeps one variable holds one image; code that keeps images longer must dispose them.
    /// </summary>
    public static void Replace(ref MLImage value, int width, int height, MLPixelFormat format, ReadOnlySpan<byte> pixels)
    {
        value?.Dispose();
        value = null!;
        value = MLImage.CreateFromPixels(width, height, format, pixels);
    }

    private static DataViewSchema.Annotations Names(IReadOnlyList<string> classes)
    {
        var names = classes.Select(name => name.AsMemory()).ToArray();
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(KeyValues, new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                // A copy: the caller may write into the buffer it gets.
                var editor = VBufferEditor.Create(ref value, names.Length);
                names.CopyTo(editor.Values);
                value = editor.Commit();
            });
        return builder.ToAnnotations();
    }
}
