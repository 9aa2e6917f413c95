using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>The page on options in Markdown: names and defaults from the types, texts from their XML documentation.</summary>
internal static partial class OptionsPage
{
    private static readonly ConcurrentDictionary<string, XDocument> Files = new();

    /// <summary>
    /// The sections: the text, the named values of the type, and a row for each property that the type itself declares and that can be set. The values of an enum are
    /// below the first section that has an option of it. The name of a type that is described on the page is a link.
    /// </summary>
    public static string Sections(IReadOnlyList<OptionsSection> sections)
    {
        var headings = sections.ToDictionary(section => section.Type, section => section.Title);
        List<(OptionsSection Section, Type Type)> enums = [];
        foreach (var section in sections)
        {
            foreach (var type in Options(section.Type).SelectMany(option => Enums(option.PropertyType)))
            {
                if (headings.TryAdd(type, type.Name))
                    enums.Add((section, type));
            }
        }

        var page = new StringBuilder();
        foreach (var section in sections)
        {
            var documentation = Documentation(section.Type);
            page.Append(CultureInfo.InvariantCulture, $"\n## {section.Title}\n\n{section.Text} {Description(Member(documentation, $"T:{FullName(section.Type)}"))}\n");
            page.Append(Values(section.Type));
            page.Append(Table(
                "| option | type | default | |\n|---|---|---|---|\n",
                Options(section.Type).Select(option => $"| `{option.Name}` | {TypeName(option, headings)} | {Text(option.GetValue(section.Defaults))} | {Description(Member(documentation, option))} |\n")));
            foreach (var (_, type) in enums.Where(found => found.Section == section))
                page.Append(CultureInfo.InvariantCulture, $"\n### {type.Name}\n\n{Description(Member(Documentation(type), $"T:{FullName(type)}"))}\n{Values(type)}");
        }

        return page.ToString();
    }

    private static IEnumerable<PropertyInfo> Options(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.SetMethod is { IsPublic: true });

    /// <summary>The enums of this repository in the type of an option: the type itself, that of a nullable value, or that of a list. Those of ML.NET have no documentation here.</summary>
    private static IEnumerable<Type> Enums(Type type)
    {
        if (type.IsGenericType)
            return type.GetGenericArguments().SelectMany(Enums);
        return type.IsEnum && type.Assembly.GetName().Name!.StartsWith("Rf3d.", StringComparison.Ordinal) ? [type] : [];
    }

    /// <summary>A table of the named values of a type: those of an enum, or the static members of a class that give an object of it.</summary>
    private static string Values(Type type)
    {
        const BindingFlags Statics = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var documentation = Documentation(type);
        if (type.IsEnum)
            return Rows(Enum.GetNames(type).Select(name => Row(name, Member(documentation, $"F:{FullName(type)}.{name}"))));
        var properties = type.GetProperties(Statics).Where(property => property.PropertyType == type)
            .Select(property => Row($"{type.Name}.{property.Name}", Member(documentation, property)));
        var methods = type.GetMethods(Statics).Where(method => method.ReturnType == type && !method.IsSpecialName)
            .Select(method => Row($"{type.Name}.{method.Name}({Parameters(method)})", Member(documentation, $"M:{FullName(type)}.{method.Name}")));
        return Rows(properties.Concat(methods));

        static string Rows(IEnumerable<string> rows) => Table("| value | |\n|---|---|\n", rows);
        static string Row(string name, XElement member) => $"| `{name}` | {Description(member)} |\n";
        static string Parameters(MethodInfo method) =>
            string.Join(", ", method.GetParameters().Select(parameter => parameter.HasDefaultValue ? $"{parameter.Name} = {Text(parameter.DefaultValue)}" : parameter.Name));
    }

    /// <summary>Empty without rows.</summary>
    private static string Table(string head, IEnumerable<string> rows) => string.Concat(rows) is { Length: > 0 } body ? $"\n{head}{body}" : "";

    private static string TypeName(PropertyInfo property, Dictionary<Type, string> headings)
    {
        var nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return Name(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) + (nullable ? "?" : "");

        string Name(Type type) => Type.GetTypeCode(type) switch
        {
            _ when headings.TryGetValue(type, out var heading) => $"[{type.Name}](#{DocumentLinksTests.Anchor(heading)})",
            _ when type.IsEnum => type.Name,
            TypeCode.Boolean => "bool",
            TypeCode.Int32 => "int",
            TypeCode.UInt32 => "uint",
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
        TimeProvider => "that of the system",
        Rf3dRecipe recipe => recipe.Name,
        _ => HasText(value.GetType()) ? value.ToString()! : $"see {value.GetType().Name}",
    };

    /// <summary>Whether the type itself says how it is written; the members of a record, which the compiler lists, are not text for a table.</summary>
    private static bool HasText(Type type) =>
        type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } method && method.DeclaringType != typeof(object) && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    /// <summary>What the documentation says, and of a method what its parameters are.</summary>
    private static string Description(XElement member) =>
        string.Join(" ", new[] { "summary", "param", "value", "remarks" }.SelectMany(part => member.Elements(part)).Select(part => Parameter(part) + Markdown(part)));

    private static string Parameter(XElement part) => part.Name.LocalName == "param" ? $"`{(string?)part.Attribute("name")}`: " : "";

    public static XElement Member(XDocument documentation, PropertyInfo property) => Member(documentation, $"P:{FullName(property.DeclaringType!)}.{property.Name}");

    /// <summary>A member by its name in the documentation; of a method, without its parameters.</summary>
    private static XElement Member(XDocument documentation, string name) =>
        documentation.Descendants("member").SingleOrDefault(member => (string?)member.Attribute("name") is { } found && (found == name || found.StartsWith($"{name}(", StringComparison.Ordinal)))
            ?? throw new InvalidDataException($"'{name}' has no documentation.");

    private static XDocument Documentation(Type type) => Files.GetOrAdd(Path.ChangeExtension(type.Assembly.Location, ".xml"), path => XDocument.Load(path));

    private static string FullName(Type type) => type.FullName!.Replace('+', '.');

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
