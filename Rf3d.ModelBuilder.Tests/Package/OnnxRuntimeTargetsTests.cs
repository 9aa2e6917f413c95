namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The property Rf3dOnnxRuntime of applications, in projects whose packages are made up.</summary>
[TestClass]
public class OnnxRuntimeTargetsTests
{
    private const string Cpu = "Microsoft.ML.OnnxRuntime", Linux = "Microsoft.ML.OnnxRuntime.Gpu.Linux";

    [TestMethod]
    public void Cuda_leaves_out_what_the_package_for_cuda_has_too()
    {
        var result = Natives(("Rf3dOnnxRuntime", "cuda"), ("OutputType", "Exe")).Must(0);
        CollectionAssert.AreEqual(
            new[] { "gpu/libonnxruntime.so", "gpu/libonnxruntime_providers_cuda.so", "other/libother.so", "cpu/osx.dylib", "gpu/libonnxruntime.so" }, Files(result));
        Assert.DoesNotContain("RF3D", result.Output);
    }

    [TestMethod]
    public void Cpu_leaves_out_what_the_package_for_cuda_has()
    {
        var result = Natives(("Rf3dOnnxRuntime", "cpu"), ("OutputType", "Exe")).Must(0);
        CollectionAssert.AreEqual(new[] { "cpu/libonnxruntime.so", "other/libother.so", "cpu/libonnxruntime.so", "cpu/osx.dylib" }, Files(result));
    }

    [TestMethod]
    public void Both_without_a_choice_are_a_warning()
    {
        var result = Natives(("OutputType", "Exe")).Must(0);
        Assert.HasCount(7, Files(result));
        Assert.Contains("warning RF3D0003", result.Output);
        Assert.Contains("Set the property Rf3dOnnxRuntime to cuda, or to cpu", result.Output);
    }

    [TestMethod]
    public void One_package_alone_is_no_matter()
    {
        var result = Natives(("HasGpu", "false")).Must(0);
        Assert.HasCount(4, Files(result));
        Assert.DoesNotContain("RF3D", result.Output);
        Assert.HasCount(4, Files(Natives(("HasGpu", "false"), ("Rf3dOnnxRuntime", "cuda"), ("OutputType", "Library")).Must(0)));
    }

    [TestMethod]
    public void An_application_for_cuda_without_its_package_is_an_error_that_names_it()
    {
        var result = Natives(("HasGpu", "false"), ("Rf3dOnnxRuntime", "cuda"), ("OutputType", "Exe"), ("RuntimeIdentifier", "win-x64")).Must(1);
        Assert.Contains("error RF3D0002", result.Output);
        Assert.Contains("ONNX Runtime for CUDA for win-x64. Reference Microsoft.ML.OnnxRuntime.Gpu.Windows.", result.Output);
        Assert.Contains($"Reference {Linux}.", Natives(("HasGpu", "false"), ("Rf3dOnnxRuntime", "cuda"), ("OutputType", "Exe"), ("RuntimeIdentifier", "linux-x64")).Must(1).Output);
    }

    [TestMethod]
    public void Another_value_is_an_error_that_names_the_values()
    {
        var result = Natives(("Rf3dOnnxRuntime", "gpu")).Must(1);
        Assert.Contains("error RF3D0001", result.Output);
        Assert.Contains("Rf3dOnnxRuntime is 'gpu'; it must be cpu or cuda.", result.Output);
    }

    /// <summary>The files that are left, of the runtime identifier and of all.</summary>
    private static string[] Files(Tool.Result result) =>
        [.. result.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("native: ", StringComparison.Ordinal)).Select(line => line["native: ".Length..].Replace('\\', '/'))];

    private static Tool.Result Natives(params (string Name, string Value)[] properties)
    {
        using var folder = new TempFolder();
        // What the SDK makes of a project's packages: the libraries for its runtime identifier, and those of all.
        File.WriteAllText(folder["application.proj"], $"""
            <Project>
              <Target Name="ResolvePackageAssets">
                <ItemGroup>
                  <NativeCopyLocalItems Include="cpu/libonnxruntime.so" NuGetPackageId="{Cpu}" PathInPackage="runtimes/linux-x64/native/libonnxruntime.so" />
                  <NativeCopyLocalItems Include="gpu/libonnxruntime.so" NuGetPackageId="{Linux}" PathInPackage="runtimes/linux-x64/native/libonnxruntime.so" Condition="'$(HasGpu)' != 'false'" />
                  <NativeCopyLocalItems Include="gpu/libonnxruntime_providers_cuda.so" NuGetPackageId="{Linux}" PathInPackage="runtimes/linux-x64/native/libonnxruntime_providers_cuda.so" Condition="'$(HasGpu)' != 'false'" />
                  <NativeCopyLocalItems Include="other/libother.so" NuGetPackageId="Other" PathInPackage="runtimes/linux-x64/native/libonnxruntime.so" />
                  <RuntimeTargetsCopyLocalItems Include="cpu/libonnxruntime.so" NuGetPackageId="{Cpu}" PathInPackage="runtimes/linux-x64/native/libonnxruntime.so" />
                  <RuntimeTargetsCopyLocalItems Include="cpu/osx.dylib" NuGetPackageId="{Cpu}" PathInPackage="runtimes/osx-arm64/native/osx.dylib" />
                  <RuntimeTargetsCopyLocalItems Include="gpu/libonnxruntime.so" NuGetPackageId="{Linux}" PathInPackage="runtimes/linux-x64/native/libonnxruntime.so" Condition="'$(HasGpu)' != 'false'" />
                </ItemGroup>
              </Target>
              <Target Name="List" DependsOnTargets="ResolvePackageAssets">
                <Message Importance="high" Text="native: %(NativeCopyLocalItems.Identity)" />
                <Message Importance="high" Text="native: %(RuntimeTargetsCopyLocalItems.Identity)" />
              </Target>
              <Import Project="{RepositoryRoot.Combine("Rf3d.MLNet", "build", "Rf3d.MLNet.targets")}" />
            </Project>
            """);
        return Tool.Start("dotnet", ["msbuild", folder["application.proj"], "-t:List", "-nologo", "-nodeReuse:false", "-v:m", .. properties.Select(property => $"-p:{property.Name}={property.Value}")]);
    }
}
