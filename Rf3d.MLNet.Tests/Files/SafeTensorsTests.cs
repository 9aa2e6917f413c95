using System.Text;

namespace Rf3d.MLNet.Tests.Files;

[TestClass]
public class SafeTensorsTests
{
    private static byte[] Write(SafeTensors file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static SafeTensors Read(byte[] content) => SafeTensors.Read(new MemoryStream(content));

    private static byte[] WithHeader(string header, int data = 0) =>
        [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. new byte[data]];

    private static SafeTensors Some => new(
        new Dictionary<string, string> { ["note"] = "größer als \"1\"" },
        new Dictionary<string, SafeTensorEntry>
        {
            ["weight"] = new("F32", [2, 3], [.. Enumerable.Range(0, 24).Select(i => (byte)i)]),
            ["empty"] = new("F32", [0, 5], []),
            ["count"] = new("I64", [], BitConverter.GetBytes(-7L)),
        });

    [TestMethod]
    public void Written_tensors_and_metadata_are_read()
    {
        var read = Read(Write(Some));
        CollectionAssert.AreEquivalent(Some.Metadata.ToList(), read.Metadata.ToList());
        CollectionAssert.AreEquivalent(Some.Tensors.Keys.ToList(), read.Tensors.Keys.ToList());
        foreach (var (name, tensor) in Some.Tensors)
        {
            Assert.AreEqual(tensor.Type, read.Tensors[name].Type);
            CollectionAssert.AreEqual(tensor.Shape, read.Tensors[name].Shape);
            CollectionAssert.AreEqual(tensor.ToArray(), read.Tensors[name].ToArray());
        }
    }

    [TestMethod]
    public void A_large_tensor_is_read_piece_by_piece()
    {
        var data = new byte[(5 << 19) + 4];
        new Random(1).NextBytes(data);
        var read = Read(Write(new(new Dictionary<string, string>(), new Dictionary<string, SafeTensorEntry> { ["large"] = new("F32", [data.Length / 4], data) })));

        List<int> pieces = [];
        var copy = new byte[data.Length];
        read.Tensors["large"].Read((offset, piece) =>
        {
            Assert.AreEqual(pieces.Sum(), offset);
            piece.CopyTo(copy.AsSpan((int)offset));
            pieces.Add(piece.Length);
        });
        Assert.IsGreaterThan(1, pieces.Count);
        CollectionAssert.AreEqual(data, copy);
    }

    [TestMethod]
    public void A_file_of_the_reference_implementation_is_read()
    {
        // safetensors.numpy.save({"b": float16([1, -2]), "a": float32([[0.5]])}, {"format": "pt"}) of huggingface/safetensors.
        var header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}}""";
        byte[] file = [.. WithHeader(header), 0, 0, 0, 0x3f, 0, 0x3c, 0, 0xc0];
        var read = Read(file);
        Assert.AreEqual("pt", read.Metadata["format"]);
        CollectionAssert.AreEqual(new[] { 0.5f }, read.Tensors["a"].ToFloats());
        CollectionAssert.AreEqual(new[] { 1f, -2f }, read.Tensors["b"].ToFloats());
    }

    [TestMethod]
    [DataRow("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xf8, 0xbf }, -1.5f)]
    [DataRow("BF16", new byte[] { 0xc0, 0x3f }, 1.5f)]
    public void Every_kind_of_floating_point_number_becomes_a_float(string type, byte[] data, float expected) =>
        CollectionAssert.AreEqual(new[] { expected }, new SafeTensorEntry(type, [1], data).ToFloats());

    [TestMethod]
    [DataRow("", 0, "header")]
    [DataRow("[]", 0, "not what safetensors has there")]
    [DataRow("{\"a\":1}", 0, "not what safetensors has there")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "not what safetensors has there")]
    [DataRow("{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'F99'")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "takes 8 bytes, but its place has 4")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "'a' has no place or no shape")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,4]}}", 4, "not what safetensors has there")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "begins at byte 4, not at 0")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'b' begins at byte 0, not at 4")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "two entries 'a'")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "take 4 bytes, but 3 are there")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9, "take 4 bytes, but 9 are there")]
    public void A_broken_header_is_named(string header, int data, string problem) =>
        Assert.Contains(problem, Assert.ThrowsExactly<FormatException>(() => Read(WithHeader(header, data))).Message);

    [TestMethod]
    public void A_header_longer_than_the_file_takes_no_memory()
    {
        Assert.Contains("claims 9223372036854775807 bytes", Assert.ThrowsExactly<FormatException>(() => Read([.. BitConverter.GetBytes(long.MaxValue), 1])).Message);
        Assert.Contains("it has 3 bytes", Assert.ThrowsExactly<FormatException>(() => Read([1, 2, 3])).Message);
    }

    [TestMethod]
    public void No_damage_ends_in_anything_but_an_error_of_the_format()
    {
        var random = new Random(1);
        var whole = Write(Some);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 5000; i++)
        {
            var damaged = random.Next(4) == 0 ? whole[..random.Next(whole.Length)] : whole.ToArray();
            for (var flips = random.Next(1, 4); flips > 0 && damaged.Length > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Read(damaged);
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        // Some only have other numbers in them.
        Assert.IsGreaterThan(0, read);
        Assert.IsGreaterThan(0, refused);
    }
}
