using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>
/// The library calls nothing of TorchSharp's that makes a native number and does not hold it: a garbage collection would free it under libtorch's hands.
/// Read from the compiled code, TorchSharp's own included.
/// </summary>
[TestClass]
public class HeldNumbersTests
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<short, OpCode> Operations = typeof(OpCodes).GetFields(BindingFlags.Static | BindingFlags.Public)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(operation => operation.Value);

    private readonly Dictionary<MethodBase, bool> _known = [];

    [TestMethod]
    public void The_library_computes_with_held_numbers_only()
    {
        var offences = (from method in Methods(typeof(Rf3dImageClassificationTrainer).Assembly)
                        from called in Calls(method)
                        where (MakesNumber(called) && !HoldsNumbers(method)) || (LosesNumber(called) && !GivesNumbers(method, called))
                        select $"{method.DeclaringType}.{method.Name} calls {called.DeclaringType}.{called}").Distinct().ToList();
        Assert.IsEmpty(offences, $"TensorArithmetic does it safely: {string.Join("; ", offences)}.");
    }

    [TestMethod]
    public void TorchSharps_operators_are_found_to_lose_numbers()
    {
        var lost = typeof(torch.Tensor).GetMethods().Where(LosesNumber).Select(method => method.Name).ToHashSet();
        foreach (var name in new[] { "op_Addition", "op_Multiply", "add", "add_", "square" })
            Assert.Contains(name, lost);
        foreach (var name in new[] { "mul_", "matmul", "relu_", "to" })
            Assert.DoesNotContain(name, lost);
        Assert.IsTrue(LosesNumber(typeof(TorchSharp.Modules.BatchNorm).GetMethod("forward")!));
    }

    // Made in a using declaration, or kept for good; the files are short.
    private static bool HoldsNumbers(MethodBase method) =>
        method.DeclaringType == typeof(ScalarArgument) || method.DeclaringType == typeof(TensorArithmetic) || IsOfScripts(method);

    // A compiled script makes numbers of other arguments; it is given numbers.
    private static bool GivesNumbers(MethodBase method, MethodBase called) => IsOfScripts(method) && called.Name == "invoke";

    private static bool IsOfScripts(MethodBase method) => method.DeclaringType == typeof(FusedKernels) || method.DeclaringType == typeof(MuonKernels);

    private static bool MakesNumber(MethodBase method) =>
        (method.DeclaringType == typeof(Scalar) && method.Name == "op_Implicit") || (method.DeclaringType == typeof(ScalarExtensionMethods) && method.Name == "ToScalar");

    /// <summary>Whether a method of TorchSharp's makes a number on some way through it.</summary>
    private bool LosesNumber(MethodBase method)
    {
        if (!IsOfTorchSharp(method) || MakesNumber(method))
            return false;
        if (_known.TryGetValue(method, out var known))
            return known;
        var (seen, ahead) = (new HashSet<MethodBase> { method }, new Stack<MethodBase>([method]));
        while (ahead.TryPop(out var next))
        {
            foreach (var called in Calls(next))
            {
                if (MakesNumber(called))
                    return _known[method] = true;
                if (IsOfTorchSharp(called) && seen.Add(called))
                    ahead.Push(called);
            }
        }
        return _known[method] = false;
    }

    private static bool IsOfTorchSharp(MethodBase method) => method.DeclaringType?.Assembly == typeof(torch).Assembly;

    private static IEnumerable<MethodBase> Methods(Assembly assembly) =>
        assembly.GetTypes().SelectMany(type => type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)));

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            yield break;
        var ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            // Operations of two bytes begin with FE.
            var operation = Operations[code[at] == 0xFE ? unchecked((short)(0xFE00 | code[++at])) : code[at]];
            at++;
            if (operation.OperandType == OperandType.InlineMethod && method.Module.ResolveMethod(BitConverter.ToInt32(code, at), ofType, ofMethod) is { } called)
                yield return called;
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
