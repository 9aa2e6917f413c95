using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class TensorArithmeticTests
{
    [TestMethod]
    public void Numbers_and_tensors()
    {
        using var scope = NewDisposeScope();
        var a = tensor([-3f, 0, 2.5f]);
        AssertValues([-2.5f, 0.5f, 3], a.Plus(0.5));
        AssertValues([-6, 0, 5], a.Plus(a));
        AssertValues([4, 1, -1.5f], a.SubtractedFrom(1));
        AssertValues([-6, 0, 5], a.Times(2));
        AssertValues([-1.5f, 0, 1.25f], a.Over(2));
        AssertValues([-2, 0, 1], a.FloorOver(2));
        AssertValues([1, 0, 0.5f], a.Modulo(2));
        AssertValues([-1, 0, 2.5f], a.AtLeast(-1));
        AssertValues([-0.03f, 0, 2.5f], a.LeakyRelu(0.01));
        AssertValues([0, 1, 0], a.Is(0));
        AssertValues([1, 0, 1], a.IsNot(0));
        AssertValues([1, 0, 0], a.IsBelow(0));
        AssertValues([0, 0, 1], a.IsAbove(0));
        AssertValues([0, 1, 1], a.IsAtLeast(0));
        AssertValues([-3, 0, 2.5f], a);

        AssertValues([-2, 1, 3.5f], a.PlusInPlace(1));
        AssertValues([-4, 2, 7], a.TimesInPlace(2));
        AssertValues([-3, 2, 6], a.WithinInPlace(-3, 6));
        AssertValues([-3, 2, 5], a.AtMostInPlace(5));
        AssertValues([-3, 9, 9], a.FillInPlace(a.IsAbove(0), 9));
        AssertValues([-3, 9, 9], a);
        AssertValues([0.25f, 0.25f], TensorArithmetic.Filled([2], 0.25, ScalarType.Float32));
    }

    [TestMethod]
    public void Whole_numbers_keep_tensors_of_integers_whole()
    {
        using var scope = NewDisposeScope();
        var a = TensorArithmetic.Range(4);
        AssertValues([0, 1, 2, 3], a);
        Tensor[] whole = [a, a.Plus(1), a.SubtractedFrom(9), a.Times(3), a.FloorOver(2), a.Modulo(3), a.AtLeast(1)];
        foreach (var result in whole)
            Assert.AreEqual(ScalarType.Int64, result.dtype);
        Assert.AreEqual(long.MinValue + 1, tensor(long.MinValue).Plus(1).item<long>());
        Assert.AreEqual(ScalarType.Float32, a.Times(0.5).dtype);
    }

    private static void AssertValues(float[] expected, Tensor actual) =>
        CollectionAssert.AreEqual(expected, actual.to(ScalarType.Float32).data<float>().ToArray());
}
