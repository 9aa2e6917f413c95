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

    // Names that generated code needs without containing them; the compiler calls the class of a program's own statements Program.
    private static readonly HashSet<string> Taken = ["System", "Microsoft", "Rf3d", "SkiaSharp", "Program"];

    private static readonly HashSet<string> Devices =
        new(["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(1, 9).SelectMany(number => new[] { $"COM{number}", $"LPT{number}" })], StringComparer.OrdinalIgnoreCase);

    /// <exception cref="CommandException">The name cannot be that of files and a class; the message says why.</exception>
    public static void Check(string name)
    {
        if (!IsIdentifier(name))
        {
            throw new CommandException(
                $"--name '{name}' becomes the name of a C# class: letters A to Z, digits and underscores, not beginning with a digit, {Longest} at most.", ExitCode.Usage);
        }
        if (Devices.Contains(name))
            throw new CommandException($"--name '{name}' is the name of a device on Windows, where no file can have it. Try '{name}Model'.", ExitCode.Usage);
    }

    /// <summary>Whether <see cref="Check"/> passes a name.</summary>
    public static bool IsValid(string name) => IsIdentifier(name) && !Devices.Contains(name);

    /// <summary>The class of a model: its name, with "Model" behind it where C# or the generated code uses the name for something else.</summary>
    public static string ClassOf(string name) => IsFree(name) ? name : ClassOf(name + "Model");

    private static bool IsIdentifier(string name) => Identifier().IsMatch(name) && name.Length <= Longest;

    private static bool IsFree(string name)
    {
        const string Attribute = nameof(Attribute);
        // [Name] may also be a class NameAttribute.
        return IsFreeAsItIs(name) && (!name.EndsWith(Attribute, StringComparison.Ordinal) || IsFreeAsItIs(name[..^Attribute.Length]));

        static bool IsFreeAsItIs(string word) => !Keywords.Contains(word) && !Taken.Contains(word) && !ApplicationGenerator.Words.Contains(word);
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();
}
