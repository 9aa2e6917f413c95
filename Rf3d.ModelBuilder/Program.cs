using System.Runtime.InteropServices;
using Rf3d.MLNet;
using Rf3d.ModelBuilder;

// Before anything is written.
Utf8Streams.Use();

// A training in this process may keep freed memory.
TorchRuntime.KeepMemory();

// Files that a killed process leaves among the temporary files are deleted by the next one.
using var temporary = TemporaryFolder.TryOpen(Path.GetTempPath());

// Ctrl+C, or the signal by which services and containers are stopped, ends the command and keeps its results so far; a second one ends the program at once.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return RfCommand.Run(args, CommandConsole.System(), stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
