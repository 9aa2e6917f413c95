using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.ML;
using Rf3d.ModelBuilder.Tests.Generation;

namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The code of the template, compiled within the tests' process.</summary>
[TestClass]
public class TemplateCodeTests
{
    [TestMethod]
    public void It_finds_out_before_the_training_whether_the_model_can_be_written()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        var train = Load().GetType("Training", throwOnError: true)!.GetMethod("Run")!;
        // Cancelled: a training that began would end with another error.
        foreach (var path in new[] { folder["none", "model.zip"], folder.Path })
        {
            var error = Assert.ThrowsExactly<TargetInvocationException>(() => train.Invoke(null, [folder["data"], path, new CancellationToken(canceled: true)]));
            Assert.IsInstanceOfType<IOException>(error.InnerException);
            Assert.StartsWith($"'{path}' ", error.InnerException!.Message);
        }
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows)]
    public void A_file_that_is_read_only_is_found_before_the_training()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["model.zip"], "old");
        File.SetAttributes(folder["model.zip"], FileAttributes.ReadOnly);
        var check = Load().GetType("Training", throwOnError: true)!.GetMethod("RequireWritable", BindingFlags.NonPublic | BindingFlags.Static)!;
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => check.Invoke(null, [folder["model.zip"]]));
        File.SetAttributes(folder["model.zip"], FileAttributes.Normal);
        Assert.Contains("is read-only", error.InnerException!.Message);
    }

    [TestMethod]
    public void A_trained_model_that_cannot_get_its_place_is_kept_and_named()
    {
        using var folder = new TempFolder();
        // A folder that came to be meanwhile.
        Directory.CreateDirectory(folder["model.zip"]);
        var mlContext = new MLContext();
        var save = Load().GetType("Training", throwOnError: true)!.GetMethod("Save", BindingFlags.NonPublic | BindingFlags.Static)!;
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => save.Invoke(null, [mlContext, SmallTransformer.Model, mlContext.Data.LoadDrawnShapes(10).Schema, folder["model.zip"]]));
        Assert.IsInstanceOfType<IOException>(error.InnerException);
        Assert.EndsWith($"The model is not lost: it is in '{Directory.GetFiles(folder.Path).Single()}'.", error.InnerException!.Message);
    }

    private static Assembly Load()
    {
        var sources = Directory.GetFiles(RepositoryRoot.Combine("Rf3d.Templates", "content", "Rf3dClassifier"), "*.cs").Select(File.ReadAllText).Append(CompiledCode.Usings);
        var compilation = CompiledCode.Of("Rf3dClassifier", sources, CompiledCode.Libraries.Select(path => MetadataReference.CreateFromFile(path)));
        using var binary = new MemoryStream();
        var result = compilation.Emit(binary);
        Assert.IsTrue(result.Success, string.Join('\n', result.Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(binary.ToArray());
    }
}
