namespace Rf3d.MLNet;

/// <summary>The name of a Python class or function that a pickle would import.</summary>
internal sealed record PickledName(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A call in a pickle, or an object made by one: nothing of it runs here.</summary>
internal sealed record PickledCall(PickledName Function, IReadOnlyList<object?> Arguments);

/// <summary>A reference of a pickle to external data: PyTorch's storages.</summary>
internal sealed record PickledReference(object? Id);
