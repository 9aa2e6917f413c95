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
        var content = File.ReadAllBytes(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name));
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
        Assert.IsInstanceOfType<Dictionary<object, object?>>(new PickleReader(new MemoryStream(content)).Read());
        Assert.ThrowsExactly<FormatException>(() => TorchStateDict.Read(new MemoryStream(content)));
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
}
