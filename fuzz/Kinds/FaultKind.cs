using System.Runtime.InteropServices;

namespace Rf3d.Fuzz;

/// <summary>No files at all, but faults at some inputs, which a run must notice.</summary>
internal sealed class FaultKind : FuzzKind
{
    /// <summary>The inputs with a fault.</summary>
    public const long Crash = 2, Hang = 4, Memory = 6, Undocumented = 8, Nameless = 10;

    private const int PageLength = 4096;
    private const long Taken = FuzzLimits.Memory + 50_000_000;

    public override string Name => "faults";

    public override string Subject => "Faults on purpose, for a test of this program";

    public override IReadOnlyList<Type> Errors => [typeof(FormatException)];

    public override void WriteCorpus(string folder) => File.WriteAllBytes(Path.Combine(folder, "nothing.bin"), new byte[100]);

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(folder);

    private sealed class Check(string folder) : FuzzCheck
    {
        public override string Subject => Path.Combine(folder, "nothing.bin");

        public override string Run(FuzzInput input)
        {
            switch (input.Index)
            {
                case Crash:
                    Environment.FailFast("A crash on purpose.");
                    break;
                case Hang:
                    Thread.Sleep(Timeout.Infinite);
                    break;
                case Memory:
                    TakeMemory();
                    break;
                case Undocumented:
                    throw new InvalidOperationException("An error on purpose.");
                case Nameless:
                    throw new FormatException("An error without a name.");
            }
            return "nothing";
        }

        private static void TakeMemory()
        {
            var memory = Marshal.AllocHGlobal((nint)Taken);
            // Only pages that were written to count.
            for (var place = 0L; place < Taken; place += PageLength)
                Marshal.WriteByte((nint)(memory + place), 1);
            Marshal.FreeHGlobal(memory);
        }
    }
}
