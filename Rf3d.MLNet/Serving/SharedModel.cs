namespace Rf3d.MLNet;

/// <summary>A model with a count of its users: it is disposed when it has been retired and the last one has finished.</summary>
internal sealed class SharedModel(Rf3dSavedModel model)
{
    private readonly UseCount _uses = new(model.Dispose);

    public Rf3dSavedModel Model { get; } = model;

    /// <returns>False when the model has been retired.</returns>
    public bool TryUse() => _uses.TryUse();

    /// <summary>Ends one use.</summary>
    public void Release() => _uses.Release();

    /// <summary>Disposes of the model after its last use.</summary>
    public void Retire() => _uses.Retire();
}
