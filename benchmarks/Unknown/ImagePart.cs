namespace Rf3d.Benchmarks;

/// <summary>Images as a network sees them.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Features">[images, features], row-major.</param>
/// <param name="Labels">The class of each image among the known ones; -1 for an unknown one.</param>
internal sealed record ImagePart(string Name, float[] Features, int[] Labels)
{
    public const string Training = "training", Validation = "validation", Known = "known";

    public int Count => Labels.Length;

    public int Width => Labels.Length == 0 ? 0 : Features.Length / Labels.Length;

    public ReadOnlySpan<float> Of(int image) => Features.AsSpan(image * Width, Width);
}

/// <summary>A network that was trained without some classes, and what it makes of images of known and of unknown classes.</summary>
/// <param name="Weights">[classes, features] of the last layer, before calibration.</param>
/// <param name="Biases">[classes]</param>
/// <param name="Note">Held-out classes, image size and the like.</param>
/// <param name="Seconds">Of the training.</param>
/// <param name="Parts">Training, validation and known test images, then unknown ones.</param>
internal sealed record OpenSetSplit(float[] Weights, float[] Biases, string Note, double Seconds, IReadOnlyList<ImagePart> Parts)
{
    public IEnumerable<ImagePart> Unknown => Parts.Where(part => part.Name is not (ImagePart.Training or ImagePart.Validation or ImagePart.Known));

    public ImagePart Part(string name) => Parts.First(part => part.Name == name);

    /// <summary>The outputs of the last layer, [images, classes].</summary>
    public float[] Logits(ImagePart part)
    {
        var classes = Biases.Length;
        var logits = new float[part.Count * classes];
        for (var image = 0; image < part.Count; image++)
        {
            for (var k = 0; k < classes; k++)
            {
                double sum = Biases[k];
                var features = part.Of(image);
                for (var i = 0; i < features.Length; i++)
                    sum += (double)features[i] * Weights[(k * features.Length) + i];
                logits[(image * classes) + k] = (float)sum;
            }
        }
        return logits;
    }

    public void Save(string path)
    {
        var temporary = path + ".part";
        using (var writer = new BinaryWriter(File.Create(temporary)))
        {
            Write(writer, Weights);
            Write(writer, Biases);
            writer.Write(Note);
            writer.Write(Seconds);
            writer.Write(Parts.Count);
            foreach (var part in Parts)
            {
                writer.Write(part.Name);
                Write(writer, part.Features);
                Write(writer, Array.ConvertAll(part.Labels, label => (float)label));
            }
        }
        File.Move(temporary, path, overwrite: true);
    }

    public static OpenSetSplit Load(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var (weights, biases, note, seconds) = (Floats(reader), Floats(reader), reader.ReadString(), reader.ReadDouble());
        var parts = new ImagePart[reader.ReadInt32()];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new(reader.ReadString(), Floats(reader), Array.ConvertAll(Floats(reader), label => (int)label));
        return new(weights, biases, note, seconds, parts);
    }

    private static void Write(BinaryWriter writer, float[] values)
    {
        writer.Write(values.Length);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
    }

    private static float[] Floats(BinaryReader reader)
    {
        var values = new float[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
