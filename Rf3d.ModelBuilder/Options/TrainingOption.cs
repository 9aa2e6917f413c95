using System.Linq.Expressions;
using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>
/// One option of a training: an option of the command line, a member of a .mbconfig file, and a line of generated code. <see cref="TrainingOptionTable"/> has them all.
/// </summary>
internal sealed record TrainingOption
{
    private readonly PropertyInfo[] _path;

    private TrainingOption(PropertyInfo[] path, string flag, string? valueName, string help)
    {
        _path = path;
        (Member, Flag, ValueName, Help) = (string.Join('.', path.Select(property => property.Name)), flag, valueName, help);
    }

    /// <summary>The name in the library and in .mbconfig files, as in "Augmentation.MixUpAlpha".</summary>
    public string Member { get; }

    /// <summary>The name on the command line, as in "--mixup-alpha".</summary>
    public string Flag { get; }

    /// <summary>The value name in the help; null if the type is sufficient.</summary>
    public string? ValueName { get; }

    /// <summary>One sentence for the help. The default follows by itself.</summary>
    public string Help { get; }

    /// <summary>Whether a value may be the path of a file or folder.</summary>
    public bool IsPath { get; private init; }

    /// <summary>The type of the values.</summary>
    public Type Type => _path[^1].PropertyType;

    /// <param name="member">The property, as in <c>options => options.Augmentation.MixUpAlpha</c>.</param>
    /// <param name="flag">The name on the command line.</param>
    /// <param name="help">One sentence for the help.</param>
    /// <param name="valueName">The value name in the help.</param>
    /// <param name="isPath">Whether a value may be the path of a file or folder.</param>
    public static TrainingOption Of<T>(Expression<Func<TrainerOptions, T>> member, string flag, string help, string? valueName = null, bool isPath = false) =>
        new([.. Path(member.Body).Reverse()], flag, valueName, help) { IsPath = isPath };

    /// <summary>A value with the full path in the place of a path: relative ones depend on where they were written. Names of pretrained weights stay names.</summary>
    /// <param name="value">The value.</param>
    /// <param name="fullPath">Makes a path complete.</param>
    public object Located(object value, Func<string, string> fullPath) =>
        IsPath && value is string text && fullPath(text) is var path && (Member != nameof(TrainerOptions.Pretrained) || System.IO.Path.Exists(path)) ? path : value;

    public object? Get(TrainerOptions options) => _path.Aggregate((object?)options, (group, property) => group is null ? null : property.GetValue(group));

    /// <summary>Groups of options within the options are records: a changed copy takes the place of the group.</summary>
    public void Set(TrainerOptions options, object? value) => Set(options, _path, value);

    /// <summary>The line of C# that sets it.</summary>
    public string Code(object? value) => $"options.{_path[0].Name} = {Code("options." + _path[0].Name, _path, value)};";

    private static void Set(object group, ReadOnlySpan<PropertyInfo> path, object? value)
    {
        if (path.Length > 1)
        {
            var inner = CloneOf(path[0].GetValue(group)) ?? Activator.CreateInstance(path[0].PropertyType)!;
            Set(inner, path[1..], value);
            value = inner;
        }
        path[0].SetValue(group, value);
    }

    private static string Code(string target, ReadOnlySpan<PropertyInfo> path, object? value)
    {
        if (path.Length == 1)
            return OptionValues.Code(value);
        var isNullable = new NullabilityInfoContext().Create(path[0]).ReadState == NullabilityState.Nullable;
        return $"{(isNullable ? $"({target} ?? new())" : target)} with {{ {path[1].Name} = {Code($"{target}.{path[1].Name}", path[1..], value)} }}";
    }

    // The method that the compiler calls for "with".
    private static object? CloneOf(object? record) => record?.GetType().GetMethod("<Clone>$")!.Invoke(record, null);

    private static IEnumerable<PropertyInfo> Path(Expression expression)
    {
        while (expression is MemberExpression { Member: PropertyInfo property, Expression: { } owner })
        {
            yield return property;
            expression = owner;
        }
    }
}
