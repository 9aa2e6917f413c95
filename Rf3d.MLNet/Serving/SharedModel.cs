namespace Rf3d.MLNet;

/// <summary>A model with a count of its users: it is disposed when it has been retired and the last one has finished.</summary>
internal sealed class SharedModel(Rf3dSavedModel model)
{
    private readonly Lock _gate = new();

    // One for the predictor itself.
    private int _users = 1;

    public Rf3dSavedModel Model => model;

    /// <returns>False when the model has been disposed.</returns>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_users == 0)
                return false;
            _users++;
            return true;
        }
    }

    /// <summary>Ends one use; that of the predictor retires the model.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_users > 0)
                return;
        }
        model.Dispose();
    }
}
