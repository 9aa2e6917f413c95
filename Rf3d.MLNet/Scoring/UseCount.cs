namespace Rf3d.MLNet;

/// <summary>Counts the users of something that native code works with: it is freed when it has been retired and the last user has finished.</summary>
/// <param name="free">Frees it; called once.</param>
internal sealed class UseCount(Action free)
{
    private readonly Lock _gate = new();
    private int _users;
    private bool _isRetired;

    /// <returns>False when it has been retired.</returns>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_isRetired)
                return false;
            _users++;
            return true;
        }
    }

    /// <summary>Ends one use.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_users > 0 || !_isRetired)
                return;
        }
        free();
    }

    /// <summary>Refuses further uses; those that have begun end first.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            if (_isRetired)
                return;
            _isRetired = true;
            if (_users > 0)
                return;
        }
        free();
    }
}
