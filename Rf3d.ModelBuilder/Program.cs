using Rf3d.ModelBuilder;

// Ctrl+C stops what runs and keeps what there is; a second one ends the program at once.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};
return RfCommand.Run(args, CommandConsole.System(), stop.Token);
