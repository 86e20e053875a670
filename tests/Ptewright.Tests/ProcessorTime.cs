using System.Runtime.InteropServices;

namespace Ptewright.Tests;

/// <summary>How much of the CPU a thread used. Unlike a clock on the wall it does not run while the computer does something else.</summary>
internal static partial class ProcessorTime
{
    // time.h: CLOCK_THREAD_CPUTIME_ID.
    private const int ThreadClock = 3;

    /// <summary>What this thread used since it began.</summary>
    public static TimeSpan OfThisThread()
    {
        Assert.Equal(0, Read(ThreadClock, out Time time));
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Read(int clock, out Time time);

    private readonly record struct Time(long Seconds, long Nanoseconds);
}
