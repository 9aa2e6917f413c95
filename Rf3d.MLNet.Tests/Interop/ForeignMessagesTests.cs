using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Interop;

/// <summary>The real errors of the libraries whose messages are matched: an update that changes the words fails here.</summary>
[TestClass]
public class ForeignMessagesTests
{
    [TestMethod]
    public void Libtorch_says_that_memory_is_exhausted()
    {
        // More than any address space has.
        var error = Assert.Throws<ExternalException>(() => torch.zeros([1L << 58], torch.ScalarType.Byte));
        Assert.IsTrue(ForeignMessages.IsLibtorchOutOfMemory(error.Message), error.Message);
        Assert.IsTrue(TorchMemory.IsExhausted(error));
        using var matrix = torch.zeros(2, 3);
        var other = Assert.Throws<ExternalException>(() => torch.mm(matrix, matrix));
        Assert.IsFalse(TorchMemory.IsExhausted(other), other.Message);
    }

    [TestMethod]
    public void MLNet_says_that_one_of_its_threads_failed()
    {
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 1000).Select(number => number < 500 ? new Number { Value = number } : throw new TimeZoneNotFoundException("the cause")));
        // ML.NET divides the rows of one cursor among several for the next transforms.
        var failing = mlContext.Transforms.CopyColumns("Copy", nameof(Number.Value)).Append(mlContext.Transforms.NormalizeMinMax("Copy", fixZero: false)).Append(mlContext.Transforms.Concatenate("Both", nameof(Number.Value))).Fit(mlContext.Data.LoadFromEnumerable([new Number()])).Transform(data);
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var cursor in failing.GetRowCursorSet(failing.Schema, 4))
            {
                using (cursor)
                {
                    var getter = cursor.GetGetter<float>(failing.Schema[nameof(Number.Value)]);
                    float value = 0;
                    while (cursor.MoveNext())
                        getter(ref value);
                }
            }
        });
        Assert.IsTrue(ForeignMessages.IsSplitterFailure(error), error.ToString());
        Assert.IsInstanceOfType<TimeZoneNotFoundException>(ImageRows.CauseOf(error));
    }

    [TestMethod]
    public void ONNX_Runtime_takes_a_model_for_its_own_format_by_its_name()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["network.ort"], Scoring.ScoringFixture.Backbone());
        File.WriteAllBytes(folder["network.onnx"], new byte[64]);
        var mistaken = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(folder["network.ort"]));
        Assert.IsTrue(ForeignMessages.IsOrtFormatMistaken(new InvalidOperationException("outer", mistaken)), mistaken.Message);
        var other = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(folder["network.onnx"]));
        Assert.IsFalse(ForeignMessages.IsOrtFormatMistaken(other), other.Message);
    }

    [TestMethod]
    public void DotNet_puts_the_parameter_behind_the_message()
    {
        var error = new ArgumentException("The width is odd.", "width");
        Assert.AreNotEqual("The width is odd.", error.Message);
        Assert.AreEqual("The width is odd.", ForeignMessages.WithoutParameter(error));
        Assert.AreEqual("The width is odd.", ForeignMessages.WithoutParameter(new ArgumentException("The width is odd.")));
        Assert.AreEqual("It is full.", ForeignMessages.WithoutParameter(new IOException("It is full.")));
    }

    [TestMethod]
    public void Libtorch_puts_the_places_in_its_source_behind_the_message()
    {
        using var matrix = torch.zeros(2, 3);
        var error = Assert.Throws<ExternalException>(() => torch.mm(matrix, matrix));
        Assert.AreEqual("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", ForeignMessages.FirstLine(error));
        Assert.EndsWith(ForeignMessages.LastLine(error), error.Message.TrimEnd());
    }

    private sealed class Number
    {
        public float Value { get; set; }
    }
}
