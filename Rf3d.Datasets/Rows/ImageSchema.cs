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

    public static DataViewSchema Create(ImageDataViewType imageType, IReadOnlyList<string> classes, bool withPath = false)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(ImageColumn, imageType);
        builder.AddColumn(LabelColumn, new KeyDataViewType(typeof(uint), classes.Count), Names(classes));
        if (withPath)
            builder.AddColumn(PathColumn, TextDataViewType.Instance);
        return builder.ToSchema();
    }

    /// <summary>
    /// Puts a new image into a getter's value. The image that the caller hands back is disposed, as ML.NET's own image
    /// loading does, so a pass that keeps one variable holds one image; whoever keeps images apart disposes them.
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
