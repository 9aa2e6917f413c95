using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Reads ONNX files of convolutional classifiers, exported by PyTorch and others, into a <see cref="ConvNet"/> to measure, optimize and train. Weights are not read.
/// </summary>
/// <remarks>
/// <para>Understood are Conv, BatchNormalization after it, Relu, Clip to 0..6, LeakyRelu, HardSwish, Tanh, Sigmoid, MaxPool, AveragePool,
/// GlobalAveragePool and ReduceMean over pixels, Add of a unit and its shortcut, Gemm, or MatMul and Add, Flatten, Reshape and Squeeze to a vector,
/// channel shuffles, and rolling pointwise convolutions in the form that this library writes. Left out are Identity, Dropout, a Softmax at the end and
/// a normalisation of the images at the start: the trainer has its own. Left out of files of this library are also the background behind transparent pixels and the mean over mirror images.</para>
/// <para>Exporters fold batch normalisation into convolutions. Such a network has biases and no <see cref="ConvLayer.BatchNorm"/>, and if it is deep it hardly trains. PyTorch keeps batch
/// normalisation with <c>training=TrainingMode.PRESERVE, do_constant_folding=False</c>. The projection beside a residual unit always has batch normalisation, and the epsilon is that of this library.</para>
/// <para>Each convolution is a unit, a depthwise or grouped one together with the kernels up to the next pointwise or standard one, and the part that a shortcut goes
/// around is one. Pooling ends a stage, a stride starts one, and a first unit of another kind than the second is the stem. ONNX
/// does not keep stages, so that a network of ours may come back with others: a decomposed VGG, whose first convolution stayed, with that as its stem.</para>
/// </remarks>
public static class OnnxNetwork
{
    /// <summary>Reads a network from a file.</summary>
    /// <param name="path">The file. External weights are not needed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is not an ONNX file, or has a node that is not supported. The message names it.</exception>
    public static ConvNet Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no ONNX file '{path}'.", path);
        using var file = File.OpenRead(path);
        return Read(file, $"The ONNX file '{path}'");
    }

    /// <summary>Reads a network from the content of a file.</summary>
    /// <param name="model">The content.</param>
    /// <inheritdoc cref="Read(Stream)" path="/exception"/>
    public static ConvNet Read(byte[] model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Read(new MemoryStream(model, writable: false));
    }

    /// <summary>Reads a network from a stream, to its end.</summary>
    /// <param name="model">The content of a file. It stays open.</param>
    /// <exception cref="FormatException">It is not an ONNX model, or has a node that is not supported. The message names it.</exception>
    public static ConvNet Read(Stream model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Read(model, "The ONNX model");
    }

    private static ConvNet Read(Stream stream, string source) => ReadGraph(stream, source, OnnxGraphReader.Read);

    /// <summary>Reads a network with its weights.</summary>
    /// <param name="model">The content of a file.</param>
    /// <param name="source">The file, for errors.</param>
    /// <inheritdoc cref="Read(Stream)" path="/exception"/>
    internal static OnnxTrainedNetwork ReadWithWeights(Stream model, string source) => ReadGraph(model, source, OnnxTrainedNetwork.Read);

    private static T ReadGraph<T>(Stream stream, string source, Func<GraphProto, T> read)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new FormatException($"{source} cannot be read: it is broken, or no ONNX at all. {error.Message}", error);
        }
        if (model.Graph is null || model.Graph.Node.Count == 0)
            throw new FormatException($"{source} holds no graph: it is empty, or no ONNX at all.");
        if (model.ProducerName == OnnxGraphBuilder.Producer)
            OnnxScoringSteps.RemoveFrom(model.Graph);
        try
        {
            return read(model.Graph);
        }
        catch (NetworkImportException error)
        {
            throw new FormatException($"{source} cannot be read as a network. {error.Message}", error);
        }
    }
}
