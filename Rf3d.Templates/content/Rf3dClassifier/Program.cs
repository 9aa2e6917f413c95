using System.Runtime.InteropServices;

// Trains an image classifier, and classifies images with it:
//
//   dotnet run -c Release -- train FOLDER [MODEL.zip]
//   dotnet run -c Release -- predict MODEL.zip IMAGE [IMAGE ...]
//
// FOLDER has one folder for each class, or the folders train and val with such folders.

// Ctrl+C stops training and keeps the best epoch so far. A second one, or one when the model is saved, ends the program.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested && !Training.IsSaved;
    stop.Cancel();
};

try
{
    return args switch
    {
        ["train", var folder] => Training.Run(folder, "model.zip", stop.Token),
        ["train", var folder, var model] => Training.Run(folder, model, stop.Token),
        ["predict", var model, _, ..] => Prediction.Run(model, args[2..], stop.Token),
        _ => Usage(),
    };
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return 130;
}
// Data, files and options that cannot be used: the message says what is wrong.
catch (Exception error) when (error is ArgumentException or FormatException or InvalidOperationException or IOException or InvalidDataException
    or UnauthorizedAccessException or DllNotFoundException or NotSupportedException or OutOfMemoryException or ExternalException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static int Usage()
{
    Console.Error.WriteLine("Usage: train FOLDER [MODEL.zip] | predict MODEL.zip IMAGE [IMAGE ...]");
    return 2;
}
