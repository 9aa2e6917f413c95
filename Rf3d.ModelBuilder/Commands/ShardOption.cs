using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Rf3d.ModelBuilder;

/// <summary>The option --shard: one of several equal parts of a list of files, for as many processes that share it.</summary>
internal sealed class ShardOption
{
    private const int MostShards = 1_000_000;

    public Option<Shard?> Option { get; } = new("--shard")
    {
        HelpName = "I/N",
        Description = "Only the I-th of N parts of the images, I from 0 to N-1, for N processes that share the work. Which part a file belongs to is decided by its path, not by the order of the list.",
        CustomParser = Parse,
    };

    private static Shard? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text.Split('/') is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && n is >= 1 and <= MostShards && i < n)
        {
            return new Shard(i, n);
        }
        argument.AddError(Numbers.Text($"--shard is '{text}', but must be I/N, with N from 1 to {MostShards} and I from 0 to N-1, as in 0/8."));
        return null;
    }
}

/// <summary>One of several parts of a list of files.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>Files that were named so far, those of other shards too.</summary>
    public long Named { get; private set; }

    /// <summary>The files of this shard.</summary>
    public IEnumerable<string> Of(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            Named++;
            if (Place(path, Count) == Index)
                yield return path;
        }
    }

    /// <summary>The shard of a path: FNV-1a over its UTF-16 code units, mixed (the finalizer of MurmurHash3). The same on every machine and in every process.</summary>
    internal static int Place(string path, int count)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in path)
            hash = (hash ^ unit) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDUL;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return (int)((hash ^ (hash >> 33)) % (ulong)count);
    }
}
