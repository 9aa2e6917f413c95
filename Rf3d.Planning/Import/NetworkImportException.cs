namespace Rf3d.Planning;

/// <summary>A layer of an imported network that a <see cref="ConvNet"/> cannot describe. The message names it.</summary>
internal sealed class NetworkImportException(string message) : Exception(message)
{
    /// <param name="layer">The layer as its owner knows it: <c>'features.3' (Conv2d)</c>.</param>
    /// <param name="problem">Continues a sentence that begins with the name: "has no …".</param>
    public static NetworkImportException At(string layer, string problem) => new($"{layer} {problem}.");

    /// <summary>Works out a shape, and names the layer where it has none.</summary>
    public static TensorShape Naming(string layer, Func<TensorShape> shape)
    {
        try
        {
            return shape();
        }
        catch (ShapeException error)
        {
            throw At(layer, error.Message);
        }
    }
}
