using System.Collections.Concurrent;
using System.Reflection;

namespace Rf3d;

/// <summary>Which mutant this process is at present, and which places a test comes past. In the copy, part of the lowest library.</summary>
public static class Mutant
{
    public static int Active { get; set; } = int.Parse(Environment.GetEnvironmentVariable("RF3D_MUTANT") ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    public static ConcurrentDictionary<int, bool>? Reached { get; set; }

    public static bool Is(int number)
    {
        Reached?.TryAdd(number, true);
        return number == Active;
    }

    /// <summary>For places whose lost value is compared with the real one by <see cref="Seen"/>.</summary>
    public static bool IsActive(int number) => number == Active;

    public static bool IsTraced => Reached is not null;

    /// <summary>The real value. Only where the lost one is another can a test tell them apart.</summary>
    public static T Seen<T>(int number, T value, T lost)
    {
        if (!EqualityComparer<T>.Default.Equals(value, lost))
            Reached?.TryAdd(number, true);
        return value;
    }

    /// <summary>The group, or a copy of it that lost the one value.</summary>
    public static T Without<T>(int number, string name, T group)
    {
        if (!Is(number) || group is null)
            return group;
        var copy = (T)typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(group, null)!;
        var property = group.GetType().GetProperty(name)!;
        property.SetValue(copy, property.GetValue(Activator.CreateInstance(group.GetType())));
        return copy;
    }

    /// <summary>An element of a table that is made once: as a mutant it is not among those that <see cref="Rows"/> gives.</summary>
    public static T Row<T>(int number, T row)
        where T : class
    {
        Numbers.AddOrUpdate(row, number);
        return row;
    }

    public static IReadOnlyList<T> Rows<T>(IReadOnlyList<T> rows)
        where T : class =>
        [.. rows.Where(row => !(Numbers.TryGetValue(row, out var number) && Is((int)number)))];

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<object, object> Numbers = [];
}
