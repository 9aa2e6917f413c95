using System.Reflection;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rf3d.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>The form of the XML documentation. That each public member has one is checked by the compiler.</summary>
[TestClass]
public class DocumentationTests
{
    private static readonly string[] Order = ["summary", "typeparam", "param", "returns", "value", "remarks", "exception", "example"];

    private static readonly Assembly[] Libraries = [typeof(ConvNet).Assembly, typeof(Rf3dSavedModel).Assembly, typeof(ImageReader).Assembly];

    private static readonly Type[] OtherOptions = [typeof(TrainingRecipe), typeof(EarlyStopping), typeof(RandAugment), typeof(Rf3dSearchSpace), typeof(Decomposition)];

    [TestMethod]
    public void Elements_have_a_fixed_order()
    {
        var members = Members().ToList();
        Assert.IsGreaterThan(1000, members.Count);
        var misplaced = members.Where(member => !Places(member).SequenceEqual(Places(member).Order())).Select(NameOf).ToList();
        Assert.IsEmpty(misplaced, $"The order is {string.Join(", ", Order)}: {string.Join('\n', misplaced)}");

        static IEnumerable<int> Places(XElement member) =>
            member.Elements().Where(element => element.Name.LocalName is not ("inheritdoc" or "content")).Select(element => Array.IndexOf(Order, element.Name.LocalName));
    }

    [TestMethod]
    public void Each_exception_names_its_cause()
    {
        var exceptions = Members().SelectMany(member => member.Elements("exception").Select(exception => (Member: NameOf(member), Type: (string?)exception.Attribute("cref"), Cause: exception.Value.Trim()))).ToList();
        Assert.IsGreaterThan(100, exceptions.Count);
        var unclear = exceptions.Where(exception => exception.Cause.Length == 0).Concat(exceptions.GroupBy(exception => exception).Where(group => group.Count() > 1).Select(group => group.Key)).ToList();
        Assert.IsEmpty(unclear, string.Join('\n', unclear));
    }

    [TestMethod]
    public void Each_option_has_a_value_that_states_its_default()
    {
        List<string> missing = [];
        var count = 0;
        foreach (var type in Libraries.SelectMany(library => library.GetExportedTypes()).Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Settings", StringComparison.Ordinal) || OtherOptions.Contains(type)))
        {
            var documentation = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));
            var defaults = type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(type);
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.SetMethod is { IsPublic: true }))
            {
                count++;
                var value = OptionsPage.Member(documentation, property).Element("value");
                var text = value is null ? "" : OptionsPage.Markdown(value).Replace("`", "", StringComparison.Ordinal);
                var at = text.IndexOf("Default: ", StringComparison.Ordinal);
                if (at < 0)
                    missing.Add($"{type.Name}.{property.Name}: no <value> with \"Default: \".");
                else if (defaults is not null && !States(text[(at + "Default: ".Length)..], property, property.GetValue(defaults)))
                    missing.Add($"{type.Name}.{property.Name} is {OptionsPage.Text(property.GetValue(defaults))}, and its documentation says \"{text[at..]}\"");
            }
        }

        Assert.IsGreaterThan(90, count);
        Assert.IsEmpty(missing, string.Join('\n', missing));
    }

    [TestMethod]
    [DataRow(typeof(TorchSequential), "Sequential[] stages, Sequential classifier, Tensor images")]
    [DataRow(typeof(ConvNet), "")]
    public void The_example_of_a_type_compiles(Type type, string variables)
    {
        var documentation = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));
        var example = documentation.Descendants("member").Single(member => NameOf(member) == $"T:{type.FullName}").Descendants("code").Single().Value;
        var source = $$"""
            using System;
            using Rf3d.MLNet;
            using Rf3d.Planning;
            using TorchSharp.Modules;
            using static TorchSharp.torch;

            internal static class Example
            {
                public static void Run({{variables}})
                {
                    {{example}}
                }
            }
            """;
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Example", [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.IsEmpty(compilation.GetDiagnostics().Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => problem.ToString()).ToList(), example);
    }

    /// <summary>Whether a text begins with the default. Objects and lists are described instead.</summary>
    private static bool States(string text, PropertyInfo property, object? value) => value switch
    {
        Enum => text.StartsWith($"{property.PropertyType.Name}.{value}", StringComparison.Ordinal) || text.StartsWith(value.ToString()!, StringComparison.Ordinal),
        null or IConvertible => text.Replace(",", "", StringComparison.Ordinal).StartsWith(OptionsPage.Text(value), StringComparison.Ordinal),
        _ => true,
    };

    private static IEnumerable<XElement> Members() => Libraries.SelectMany(library => XDocument.Load(Path.ChangeExtension(library.Location, ".xml")).Descendants("member"));

    private static string NameOf(XElement member) => (string)member.Attribute("name")!;
}
