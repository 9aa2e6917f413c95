using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>Tables of options in Markdown: names and defaults from the types, texts from their XML documentation.</summary>
internal static partial class OptionsPage
{
    /// <summary>A table with a row for each property that the type itself declares and that can be set.</summary>
    public static string Table(Type type)
    {
        var documentation = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));
        var defaults = Activator.CreateInstance(type)!;
        var page = new StringBuilder("| option | type | default | |\n|---|---|---|---|\n");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.SetMethod is { IsPublic: true }))
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"| `{property.Name}` | {TypeName(property)} | {Text(property.GetValue(defaults))} | {Summary(documentation, property)} |\n");
        }

        return page.ToString();
    }

    private static string TypeName(PropertyInfo property)
    {
        var nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return Name(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) + (nullable ? "?" : "");

        static string Name(Type type) => Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => type.Name,
            TypeCode.Boolean => "bool",
            TypeCode.Int32 => "int",
            TypeCode.Int64 => "long",
            TypeCode.Single => "float",
            TypeCode.Double => "double",
            TypeCode.String => "string",
            _ when type.IsGenericType => $"{type.Name.Split('`')[0]}&lt;{string.Join(", ", type.GetGenericArguments().Select(Name))}&gt;",
            _ => type.Name,
        };
    }

    /// <summary>How a default is written in the documentation.</summary>
    public static string Text(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => text.Length == 0 ? "\"\"" : $"\"{text}\"",
        Enum or IConvertible => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        CancellationToken => "none",
        _ => HasText(value.GetType()) ? value.ToString()! : $"see {value.GetType().Name}",
    };

    /// <summary>Whether the type itself says how it is written; the members of a record, which the compiler lists, are not text for a table.</summary>
    private static bool HasText(Type type) =>
        type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } method && method.DeclaringType != typeof(object) && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static string Summary(XDocument documentation, PropertyInfo property)
    {
        var member = Member(documentation, property);
        return string.Join(" ", new[] { "summary", "value", "remarks" }.Select(part => member.Element(part)).OfType<XElement>().Select(Markdown));
    }

    public static XElement Member(XDocument documentation, PropertyInfo property)
    {
        var name = $"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}";
        return documentation.Descendants("member").SingleOrDefault(member => (string?)member.Attribute("name") == name)
            ?? throw new InvalidDataException($"'{name}' has no documentation.");
    }

    public static string Markdown(XElement element) =>
        Spaces().Replace(string.Concat(element.Nodes().Select(Markdown)), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see when (string?)see.Attribute("cref") is { } reference => $"`{NameOf(reference)}`",
        XElement { Name.LocalName: "see" } see when (string?)see.Attribute("langword") is { } word => $"`{word}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "paramref" } parameter => $"`{(string?)parameter.Attribute("name")}`",
        XElement { Name.LocalName: "para" } paragraph => string.Concat(paragraph.Nodes().Select(Markdown)) + " ",
        XElement other => string.Concat(other.Nodes().Select(Markdown)),
        _ => "",
    };

    /// <summary>The type and the member of a reference such as <c>P:Rf3d.MLNet.TrainingRecipe.Epoch</c>; the member alone for a member of an options type.</summary>
    private static string NameOf(string reference)
    {
        var names = reference[2..].Split('(')[0].Split('.');
        return reference[0] == 'T' ? names[^1] : names[^2] is "Options" or "TrainingRecipe" ? names[^1] : $"{names[^2]}.{names[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
