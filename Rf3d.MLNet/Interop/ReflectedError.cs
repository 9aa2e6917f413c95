using System.Reflection;

namespace Rf3d.MLNet;

/// <summary>Errors of steps that ML.NET loads by reflection, one within the other.</summary>
internal static class ReflectedError
{
    public static Exception CauseOf(Exception error)
    {
        while (error is TargetInvocationException or AggregateException && error.InnerException is { } inner)
            error = inner;
        return error;
    }
}
