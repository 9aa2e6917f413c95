using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Rf3d.Datasets;

/// <summary>
/// Magick.NET, which decodes HEIC and AVIF, from the folder that 'rf3d install-heic' fills. No package here depends on it: its native library has parts under the LGPL.
/// </summary>
internal static class HeifLibrary
{
    /// <summary>Environment variable that names another folder.</summary>
    public const string Variable = "RF3D_HEIC";

    /// <summary>The version of Magick.NET.</summary>
    public const string Version = "15.1.0";

    private const string Mark = "rf3d.HeifLibraryDoesNotLoad";
    private const string CoreName = "Magick.NET.Core.dll";
    private const string MainPattern = "Magick.NET-Q8-*.dll";
    private const ulong MostMemory = 2_000_000_000;

    private static readonly Lazy<Reader> Loaded = new(() => Reader.Load(Folder));

    /// <summary>Where it is looked for, and installed.</summary>
    public static string Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "rf3d", $"heic-{Version}");

    /// <summary>Whether the files are there.</summary>
    public static bool IsInstalled => MainFile(Folder) is not null;

    /// <summary>Loads it, as the first decoding does.</summary>
    /// <returns>The problem; null if there is none.</returns>
    public static string? Problem()
    {
        try
        {
            _ = Loaded.Value;
            return null;
        }
        catch (BadImageException error)
        {
            return error.Message;
        }
    }

    /// <summary>Decodes an image.</summary>
    /// <param name="content">Holds the content of a file.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="isAvif">Whether it is AVIF; else HEIC.</param>
    /// <exception cref="BadImageException">The library does not load, or the content is damaged.</exception>
    public static (int Width, int Height, byte[] Bgra) Decode(byte[] content, int length, bool isAvif) => Loaded.Value.Decode(content, length, isAvif);

    /// <summary>Whether the cause of an error is that the library does not load, which does not pass by itself. The message of such an error names the folder.</summary>
    public static bool DoesNotLoadIn(Exception? error) => error is not null && (error.Data[Mark] is true || DoesNotLoadIn(error.InnerException));

    private static string? MainFile(string folder) => Directory.Exists(folder) && File.Exists(Path.Combine(folder, CoreName))
        ? Directory.EnumerateFiles(folder, MainPattern).FirstOrDefault()
        : null;

    private sealed class Reader
    {
        private readonly Type _image;
        private readonly object _heic;
        private readonly object _avif;
        private readonly MethodInfo _read;
        private readonly MethodInfo _getPixels;
        private readonly MethodInfo _toBytes;
        private readonly object _order;

        private Reader(Assembly main, Assembly core)
        {
            var settings = main.GetType("ImageMagick.MagickReadSettings", throwOnError: true)!;
            var format = settings.GetProperty("Format")!;
            (_heic, _avif) = (Settings("Heic"), Settings("Avif"));
            _image = main.GetType("ImageMagick.MagickImage", throwOnError: true)!;
            _read = _image.GetMethods().Single(method => method.Name == "Read"
                && method.GetParameters() is [var data, var offset, var count, var how]
                && data.ParameterType == typeof(byte[]) && offset.ParameterType == typeof(uint) && count.ParameterType == typeof(uint) && how.ParameterType.IsAssignableFrom(settings));
            _getPixels = _image.GetMethod("GetPixelsUnsafe", [])!;
            var mapping = core.GetType("ImageMagick.PixelMapping", throwOnError: true)!;
            _order = Enum.Parse(mapping, "BGRA");
            _toBytes = _getPixels.ReturnType.GetInterfaces().Append(_getPixels.ReturnType).Select(type => type.GetMethod("ToByteArray", [mapping])).First(method => method is not null)!;
            Limit(main);

            object Settings(string name)
            {
                var made = Activator.CreateInstance(settings)!;
                format.SetValue(made, Enum.Parse(Nullable.GetUnderlyingType(format.PropertyType) ?? format.PropertyType, name));
                return made;
            }
        }

        public static Reader Load(string folder)
        {
            try
            {
                var context = new AssemblyLoadContext("rf3d-heic");
                context.Resolving += (_, name) => File.Exists(Path.Combine(folder, $"{name.Name}.dll")) ? context.LoadFromAssemblyPath(Path.Combine(folder, $"{name.Name}.dll")) : null;
                context.ResolvingUnmanagedDll += (_, name) => new[] { name, $"{name}.so", $"{name}.dylib" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } path
                    ? NativeLibrary.Load(path)
                    : 0;
                folder = Path.GetFullPath(folder);
                var main = context.LoadFromAssemblyPath(MainFile(folder) ?? throw new FileNotFoundException($"there is no {MainPattern} in '{folder}'"));
                return new(main, context.LoadFromAssemblyPath(Path.Combine(folder, CoreName)));
            }
            catch (Exception error) when (error is not BadImageException)
            {
                var failure = new BadImageException(
                    $"what reads HEIC and AVIF images does not load from '{folder}' ({Innermost(error).Message.TrimEnd('.')}); 'rf3d install-heic' replaces files that are damaged", error)
                { FileMayBeGood = true };
                failure.Data[Mark] = true;
                throw failure;
            }
        }

        public (int Width, int Height, byte[] Bgra) Decode(byte[] content, int length, bool isAvif)
        {
            try
            {
                using var image = (IDisposable)Activator.CreateInstance(_image)!;
                _read.Invoke(image, [content, 0u, (uint)length, isAvif ? _avif : _heic]);
                var (width, height) = ((uint)_image.GetProperty("Width")!.GetValue(image)!, (uint)_image.GetProperty("Height")!.GetValue(image)!);
                using var pixels = (IDisposable)_getPixels.Invoke(image, null)!;
                return ((int)width, (int)height, (byte[])_toBytes.Invoke(pixels, [_order])!);
            }
            catch (TargetInvocationException error)
            {
                throw new BadImageException($"its data is damaged or cut short ({Innermost(error).Message.TrimEnd('.')})", error);
            }
        }

        /// <summary>The content of a file may have more pixels than its header, which was checked.</summary>
        private static void Limit(Assembly main)
        {
            var limits = main.GetType("ImageMagick.ResourceLimits", throwOnError: true)!;
            limits.GetProperty("Memory")!.SetValue(null, MostMemory);
            limits.GetProperty("Disk")!.SetValue(null, 0ul);
        }

        private static Exception Innermost(Exception error)
        {
            while (error.InnerException is { } inner)
                error = inner;
            return error;
        }
    }
}
