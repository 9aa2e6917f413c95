namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>An error of a type, with words in its message.</summary>
internal static class ErrorAssert
{
    public static void AssertError<TException>(Func<object> action, params string[] words)
        where TException : Exception
    {
        var error = Assert.Throws<TException>(() => action());
        foreach (var word in words)
            Assert.Contains(word, error.Message);
    }
}
