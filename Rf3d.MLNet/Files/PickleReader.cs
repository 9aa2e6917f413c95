using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>
/// Reads Python's pickles, protocol 2 to 5, as data: dictionaries, lists, tuples (as arrays), texts, numbers. Classes and functions are names
/// (<see cref="PickledName"/>) and calls are records of them (<see cref="PickledCall"/>): nothing is imported and nothing runs. Dictionaries have the entries
/// whose keys are names, and no others.
/// </summary>
internal sealed class PickleReader(Stream stream)
{
    /// <summary>The length of the longest name, in characters. Each use of a name takes time by its length, and a file can use one text again and again.</summary>
    public const int LongestName = 1000;

    private const int MostItems = 1 << 22;
    private const int LongestText = 1 << 24;

    private static readonly object Mark = new();

    private readonly List<object?> _stack = [];

    // Sorted, not hashed: the file chooses the numbers, and can choose those of one hash.
    private readonly SortedDictionary<long, object?> _memo = [];

    private readonly List<PickledReference> _references = [];

    /// <summary>The references to external data in the object that was read last.</summary>
    public IReadOnlyList<PickledReference> References => _references;

    /// <returns>The one object of the pickle. The stream is then at the end of it.</returns>
    /// <exception cref="FormatException">It is no pickle, or has unsupported content.</exception>
    /// <exception cref="EndOfStreamException">It was cut short.</exception>
    public object? Read()
    {
        _stack.Clear();
        _memo.Clear();
        _references.Clear();
        while (true)
        {
            var code = (char)Byte();
            if (code == '.')
                return Pop();
            Step(code);
            if (_stack.Count > MostItems)
                throw new FormatException("it has too many parts");
        }
    }

    private void Step(char code)
    {
        switch (code)
        {
            case '\x80':
                var protocol = Byte();
                if (protocol is < 2 or > 5)
                    throw new FormatException($"it is a pickle of protocol {protocol}; 2 to 5 are supported");
                break;
            case '\x95':
                Bytes(8);
                break;
            case '(':
                Push(Mark);
                break;
            case 'N':
                Push(null);
                break;
            case '\x88' or '\x89':
                Push(code == '\x88');
                break;
            case 'J' or 'K' or 'M' or '\x8a' or 'G':
                Push(Number(code));
                break;
            case 'X' or '\x8c' or '\x8d' or 'T' or 'U' or 'B' or 'C':
                Push(Text(code));
                break;
            case '}' or ']' or ')' or '\x85' or '\x86' or '\x87' or 't' or 'l':
                Push(Collection(code));
                break;
            case 'a' or 'e' or 's' or 'u':
                Fill(code);
                break;
            case 'q' or 'r' or '\x94' or 'h' or 'j':
                Remember(code);
                break;
            case 'c':
                Push(new PickledName(Line(), Line()));
                break;
            case '\x93':
                var name = Pop<string>();
                Push(new PickledName(Pop<string>(), name));
                break;
            case 'R' or '\x81':
                var arguments = Pop<object?[]>();
                Push(Call(Pop<PickledName>(), arguments));
                break;
            case 'b':
                // The state of an object: for a dictionary, attributes beside its entries.
                Pop();
                break;
            case 'Q':
                var reference = new PickledReference(Pop());
                _references.Add(reference);
                Push(reference);
                break;
            case '0':
                Pop();
                break;
            default:
                throw new FormatException($"it is no pickle, or has the instruction 0x{(int)code:x2}, which is not supported");
        }
    }

    private object Number(char code)
    {
        switch (code)
        {
            case 'J':
                return (long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));
            case 'K':
                return (long)Byte();
            case 'M':
                return (long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));
            case 'G':
                return BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));
            default:
                var value = new BigInteger(Bytes(Byte()));
                // PyTorch's magic number is longer than 64 bits.
                if (value < long.MinValue || value > long.MaxValue)
                    return value;
                return (long)value;
        }
    }

    private string Text(char code)
    {
        var length = code switch
        {
            'X' or 'T' or 'B' => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)),
            '\x8d' => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)),
            _ => Byte(),
        };
        if (length is < 0 or > LongestText)
            throw new FormatException($"it has a text of {length} bytes");
        return Encoding.UTF8.GetString(Bytes((int)length));
    }

    private object Collection(char code)
    {
        switch (code)
        {
            case '}':
                return NewDictionary();
            case ']':
                return new List<object?>();
            case 't' or 'l':
                var items = PopToMark();
                return code == 't' ? items : new List<object?>(items);
            default:
                var tuple = new object?[code == ')' ? 0 : code - '\x84'];
                for (var i = tuple.Length - 1; i >= 0; i--)
                    tuple[i] = Pop();
                return tuple;
        }
    }

    private void Fill(char code)
    {
        object?[] items = code switch
        {
            'a' => new object?[] { Pop() },
            's' => PopPair(),
            _ => PopToMark(),
        };
        switch (_stack.LastOrDefault())
        {
            case List<object?> list when code is 'a' or 'e':
                list.AddRange(items);
                break;
            case Dictionary<string, object?> dictionary when code is 's' or 'u' && items.Length % 2 == 0:
                for (var i = 0; i < items.Length; i += 2)
                {
                    // Other keys, such as the numbers of an optimizer's state, lead to no weights. The hash of a nested one would take a stack as deep, and numbers can share one hash.
                    if (items[i] is string { Length: <= LongestName } name)
                        dictionary[name] = items[i + 1];
                }
                break;
            case PickledCall:
                // Entries of an object of another class, which is refused by its name where it matters.
                break;
            default:
                throw new FormatException("it puts entries where no list and no dictionary is");
        }
    }

    private object?[] PopPair()
    {
        var value = Pop();
        return [Pop(), value];
    }

    private void Remember(char code)
    {
        long key = code switch
        {
            'q' or 'h' => Byte(),
            '\x94' => _memo.Count,
            _ => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)),
        };
        if (code is 'h' or 'j')
            Push(_memo.TryGetValue(key, out var value) ? value : throw new FormatException("it uses an object before it has one"));
        else
            _memo[key] = _stack.Count > 0 ? _stack[^1] : throw new FormatException("it keeps an object and has none");
    }

    private static object Call(PickledName function, object?[] arguments) =>
        function is { Module: "collections", Name: "OrderedDict" } && arguments.Length == 0 ? NewDictionary() : new PickledCall(function, arguments);

    private static Dictionary<string, object?> NewDictionary() => new(StringComparer.Ordinal);

    private void Push(object? value) => _stack.Add(value);

    private object? Pop()
    {
        if (_stack.Count == 0)
            throw new FormatException("it takes an object and has none");
        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Pop<T>() => Pop() is T value ? value : throw new FormatException($"it lacks a {typeof(T).Name} where one belongs");

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw new FormatException("it ends a list that has not begun");
        object?[] items = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private string Line()
    {
        var text = new StringBuilder();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (text.Length > LongestName)
                throw new FormatException("it has a name without end");
            text.Append((char)next);
        }
        return text.ToString();
    }

    private byte Byte() => stream.ReadByte() is >= 0 and var value ? (byte)value : throw new EndOfStreamException("it ends in the middle of a pickle");

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
