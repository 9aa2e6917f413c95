// Trainings use every core by themselves.
[assembly: DoNotParallelize]
