using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Rf3d.Datasets;

/// <summary>
/// The environment behind <c>mlContext.Data</c>, which is all an extension method there gets, and whose log is the user's. ML.NET keeps it internal:
/// this is the one place of the library that reaches behind the public API, and a test tells when an update of ML.NET has moved it.
/// </summary>
internal static class DataCatalogEnvironment
{
    public static IHostEnvironment Of(DataOperationsCatalog catalog) => EnvironmentOf(catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Microsoft.ML.Data.IInternalCatalog.get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(DataOperationsCatalog catalog);
}
