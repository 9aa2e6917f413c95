using System.Buffers.Binary;
using System.IO.Compression;
using Rf3d.MLNet.Tests.Project;

namespace Rf3d.MLNet.Tests.Files;

/// <summary>Malicious or damaged files give an error, whatever they contain.</summary>
[TestClass]
public class TorchStateDictTests
{
    [TestMethod]
    [DataRow("resnet.pth")]
    [DataRow("resnet-legacy.pth")]
    public void Any_damage_is_an_error_of_the_format_or_changes_numbers(string name)
    {
        var content = Fixture(name);
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 1500; i++)
        {
            var damaged = (byte[])content.Clone();
            // Both begin with the pickle.
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                damaged[random.Next(9000)] = (byte)random.Next(256);
            try
            {
                foreach (var tensor in TorchStateDict.Read(new MemoryStream(damaged)).Values)
                    tensor.ToFloats();
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(100, refused);
    }

    [TestMethod]
    public void A_dictionary_that_contains_itself_ends()
    {
        // {"model": itself}
        byte[] content = [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'X', 5, 0, 0, 0, .. "model"u8, (byte)'h', 0, (byte)'s', (byte)'.'];
        Assert.IsInstanceOfType<Dictionary<string, object?>>(new PickleReader(new MemoryStream(content)).Read());
        Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(new MemoryStream(content)));
    }

    [TestMethod]
    public void A_key_that_is_nested_a_million_times_takes_no_stack()
    {
        // {reference to a reference to a reference ...: null}
        byte[] content = [0x80, 2, (byte)'}', (byte)'N', .. Enumerable.Repeat((byte)'Q', 1_000_000), (byte)'N', (byte)'s', (byte)'.'];
        Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(new MemoryStream(content)));
    }

    [TestMethod]
    public void Entries_whose_keys_are_no_names_are_left_out()
    {
        // {5: 1, "a": 2, None: 3, a text of 1001 characters: 4}
        byte[] content =
        [
            0x80, 2, (byte)'}', (byte)'(', (byte)'K', 5, (byte)'K', 1, (byte)'X', 1, 0, 0, 0, (byte)'a', (byte)'K', 2, (byte)'N', (byte)'K', 3,
            (byte)'X', 0xE9, 3, 0, 0, .. Enumerable.Repeat((byte)'b', 1001), (byte)'K', 4, (byte)'u', (byte)'.',
        ];
        var entries = (Dictionary<string, object?>)new PickleReader(new MemoryStream(content)).Read()!;
        Assert.AreEqual("a", entries.Keys.Single());
        Assert.AreEqual(2L, entries["a"]);
    }

    [TestMethod]
    public void Parts_that_unpack_to_more_than_the_file_are_refused()
    {
        // Each of them is smaller than the file.
        const int Tensors = 50, Length = 100_000;
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "weights/data.pkl", PickleOf(Tensors), CompressionLevel.NoCompression);
            Add(zip, "weights/padding", new byte[Length], CompressionLevel.NoCompression);
            for (var i = 0; i < Tensors; i++)
                Add(zip, FormattableString.Invariant($"weights/data/{i}"), new byte[Length], CompressionLevel.SmallestSize);
        }
        file.Position = 0;
        Assert.Contains("more than the file", Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(file)).Message);

        static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel level)
        {
            using var entry = zip.CreateEntry(name, level).Open();
            entry.Write(content);
        }
    }

    [TestMethod]
    public void A_changed_number_is_found_by_its_checksum()
    {
        var content = Fixture("resnet.pth");
        content[FirstNumbers(content)] ^= 4;
        var error = Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(new MemoryStream(content)));
        Assert.Contains("/data/", error.Message);
        Assert.Contains("is not what its checksum says", error.Message);
    }

    [TestMethod]
    public void Checksums_that_PyTorch_has_left_out_are_not_compared()
    {
        var content = Fixture("resnet.pth");
        var expected = TorchStateDict.Read(new MemoryStream(content));
        // torch.serialization.set_crc32_options(False) writes zeros into the central directory.
        const int ChecksumInEntry = 16;
        ReadOnlySpan<byte> signature = [0x50, 0x4b, 1, 2];
        for (var at = content.AsSpan().IndexOf(signature); at < content.Length - ChecksumInEntry;)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(at + ChecksumInEntry), 0);
            var next = content.AsSpan(at + signature.Length).IndexOf(signature);
            at = next < 0 ? content.Length : at + signature.Length + next;
        }
        var read = TorchStateDict.Read(new MemoryStream(content));
        CollectionAssert.AreEqual(expected["fc.bias"].ToArray(), read["fc.bias"].ToArray());
    }

    [TestMethod]
    public void A_shape_of_more_axes_than_a_tensor_has_is_refused()
    {
        var content = PickleOf(1, axes: 65);
        var error = Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(Zip(content)));
        Assert.Contains("not a plain tensor", error.Message);
        Assert.HasCount(64, TorchStateDict.Read(Zip(PickleOf(1, axes: 64)))["0"].Shape);

        static MemoryStream Zip(byte[] pickle)
        {
            var file = new MemoryStream();
            using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                using (var entry = zip.CreateEntry("weights/data.pkl", CompressionLevel.NoCompression).Open())
                    entry.Write(pickle);
                using var numbers = zip.CreateEntry("weights/data/0", CompressionLevel.NoCompression).Open();
                numbers.Write(new byte[4]);
            }
            file.Position = 0;
            return file;
        }
    }

    [TestMethod]
    public void Nothing_of_a_pickle_runs()
    {
        // os.system("echo"): a record of a call.
        byte[] content = [0x80, 2, .. "cos\nsystem\n"u8, (byte)'X', 4, 0, 0, 0, .. "echo"u8, 0x85, (byte)'R', (byte)'.'];
        var call = (PickledCall)new PickleReader(new MemoryStream(content)).Read()!;
        Assert.AreEqual("os.system", call.Function.ToString());
        Assert.AreEqual("echo", call.Arguments.Single());
    }

    private static byte[] Fixture(string name) => File.ReadAllBytes(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name));

    /// <summary>Where the numbers 1, 2 and 3 are: in the scale of a normalisation.</summary>
    private static int FirstNumbers(byte[] content)
    {
        ReadOnlySpan<byte> numbers = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f)];
        var at = content.AsSpan().IndexOf(numbers);
        Assert.IsGreaterThan(0, at);
        return at;
    }

    /// <summary>Tensors "0", "1" and so on of one number, each in a storage of the same name.</summary>
    private static byte[] PickleOf(int tensors, int axes = 1)
    {
        byte[] ones = [(byte)'(', .. Enumerable.Repeat(new byte[] { (byte)'K', 1 }, axes).SelectMany(one => one), (byte)'t'];
        return
        [
            0x80, 2, (byte)'}', (byte)'(',
            .. Enumerable.Range(0, tensors).SelectMany(i =>
            {
                var name = Text(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
                byte[] tensor =
                [
                    .. name, .. "ctorch._utils\n_rebuild_tensor_v2\n"u8, (byte)'(',
                    (byte)'(', .. Text("storage"), .. "ctorch\nFloatStorage\n"u8, .. name, .. Text("cpu"), (byte)'K', 1, (byte)'t', (byte)'Q',
                    (byte)'K', 0, .. ones, .. ones, 0x89, (byte)')', (byte)'t', (byte)'R',
                ];
                return tensor;
            }),
            (byte)'u', (byte)'.',
        ];

        static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];
    }
}
