using Google.Protobuf.Collections;

namespace Rf3d.MLNet;

/// <summary>Operations that protobuf's lists lack.</summary>
internal static class RepeatedFields
{
    /// <summary>Removes items in one pass. The list's own Remove compares each message with all before it, member by member.</summary>
    public static void RemoveAll<T>(this RepeatedField<T> items, Func<T, bool> isRemoved)
    {
        List<T> kept = [.. items.Where(item => !isRemoved(item))];
        items.Clear();
        items.AddRange(kept);
    }
}
