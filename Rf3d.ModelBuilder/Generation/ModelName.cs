using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder;

/// <summary>The name of a model, which becomes that of a class, of files and of projects.</summary>
internal static partial class ModelName
{
    public const string Default = "SampleImageClassification";

    private const int Longest = 100;

    private static readonly HashSet<string> Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate", "do",
        "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int",
        "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected",
        "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true",
        "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while",
        // No keywords everywhere, and yet no names for a class.
        "await", "dynamic", "extension", "field", "file", "nint", "notnull", "nuint", "partial", "record", "required", "scoped", "unmanaged", "var", "where", "yield",
    ];

    // Names that generated code does not spell out and needs all the same.
    private static readonly HashSet<string> Taken = ["System", "Microsoft", "Rf3d", "SkiaSharp"];

    /// <exception cref="CommandException">The name cannot be that of a class; the message says why.</exception>
    public static void Check(string name)
    {
        if (!Identifier().IsMatch(name) || name.Length > Longest)
        {
            throw new CommandException(
                $"--name '{name}' becomes the name of a C# class: letters A to Z, digits and underscores, not beginning with a digit, {Longest} at most.", ExitCode.Usage);
        }
        if (Keywords.Contains(name))
            throw new CommandException($"--name '{name}' is a keyword of C#, and cannot be the name of a class. Try '{char.ToUpperInvariant(name[0])}{name[1..]}'.", ExitCode.Usage);
        if (Taken.Contains(name) || ApplicationGenerator.Words.Contains(name))
            throw new CommandException($"--name '{name}' is a name that the generated code uses for something else. Try '{name}Classifier'.", ExitCode.Usage);
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();
}
