using System.Security.Cryptography;

namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>An application that ships ONNX Runtime for CUDA: published with the property Rf3dOnnxRuntime, and started, with a GPU or without. The package has 245 MB.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class CudaPublishTests
{
    private const string Gpu = "Microsoft.ML.OnnxRuntime.Gpu.Linux";
    private const string Library = "libonnxruntime.so";

    [TestMethod]
    public void The_library_for_cuda_is_published_and_scores_without_a_gpu_too()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: the package is for Linux.");
        var folder = PackedPackages.Folder;
        WriteApplication(folder["cuda", "cuda.csproj"]);
        var restore = Tool.Start("dotnet", ["restore", folder["cuda"], "--nologo", "-v", "q"], environment: PackedPackages.Isolated);
        if (restore.ExitCode != 0)
            Assert.Inconclusive($"Skipped: {Gpu} cannot be restored: {restore.Output}");
        var native = Path.Combine(folder["packages"], Gpu.ToLowerInvariant(), PackageVersions.Of(Gpu), "runtimes", "linux-x64", "native");

        PackedPackages.DotNet("publish", folder["cuda"], "-c", "Release", "--no-restore", "--nologo", "-v", "q", "-warnaserror", "-o", folder["published"]);
        Assert.AreEqual(Hash(Path.Combine(native, Library)), Hash(folder["published", Library]));
        Assert.IsTrue(File.Exists(folder["published", "libonnxruntime_providers_cuda.so"]));

        var result = Tool.Start("dotnet", [folder["published", "cuda.dll"], GeneratedApplication.Model], environment: PackedPackages.Isolated).Must(0);
        var lines = result.Output.Trim().Split('\n');
        Assert.Contains("CUDAExecutionProvider", lines[0]);
        Assert.IsTrue(lines[1] is "cpu" or "cuda:0", result.Output);
        Assert.IsTrue(lines[2] == "cuda:0" || lines[2].Contains(" cannot be loaded with these options: Device = \"cuda\" asks for a GPU that cannot be used. ", StringComparison.Ordinal), result.Output);
        Assert.DoesNotContain("Rf3dOnnxRuntime", lines[2], "It is set.");

        // Beside each other, without a choice: what the warning is for.
        Assert.Contains("RF3D0003", Tool.Start("dotnet", ["build", folder["cuda"], "-c", "Release", "--no-restore", "--nologo", "-v", "m", "-p:Rf3dOnnxRuntime="], environment: PackedPackages.Isolated).Must(0).Output);
    }

    private static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }

    private static void WriteApplication(string project)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(project)!);
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <Rf3dOnnxRuntime Condition="'$(Rf3dOnnxRuntime)' == ''">cuda</Rf3dOnnxRuntime>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Rf3d.MLNet" Version="{PackedPackages.Version}" />
                <PackageReference Include="{Gpu}" Version="{PackageVersions.Of(Gpu)}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(project)!, "Program.cs"), """
            using Microsoft.ML;
            using Microsoft.ML.OnnxRuntime;
            using Rf3d.MLNet;

            Console.WriteLine(string.Join(", ", OrtEnv.Instance().GetAvailableProviders()));
            foreach (var device in new[] { "auto", "cuda" })
            {
                try
                {
                    using var model = Rf3dSavedModel.Load(new MLContext(), args[0], new() { Device = device });
                    Console.WriteLine(model.Device);
                }
                catch (OptionConflictException error)
                {
                    Console.WriteLine(error.Message);
                }
            }
            """);
    }
}
