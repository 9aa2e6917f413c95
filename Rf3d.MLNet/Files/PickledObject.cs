namespace Rf3d.MLNet;

/// <summary>A name of a Python class or function in a pickle: what would be imported.</summary>
internal sealed record PickledName(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A call in a pickle, or an object made by one: nothing of it runs here.</summary>
internal sealed record PickledCall(PickledName Function, IReadOnlyList<object?> Arguments);

/// <summary>A reference of a pickle to external data: PyTorch's storages.</summary>
internal sealed record PickledReference(object? Id);
