using Ptewright.Live;
using Ptewright.Running;

namespace Ptewright.Tests.Live;

/// <summary>When a kernel that is booted to be read is up, and when it has died on the way.</summary>
public sealed class BootWatchTests
{
    // As the consoles of Debian's 6.12.117 and of its 5.10.218 with PREEMPT_RT had it.
    [Theory]
    [InlineData("[    0.9] List of all partitions:|[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", 2)]
    [InlineData("[    0.8] List of all partitions:\r|[    0.9] Kernel panic - not syncing:\r|[    0.9] VFS: Unable to mount root fs on unknown-block(0,0)\r", 3)]
    [InlineData("Run /bin/sh as init process|Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.", 2)]
    [InlineData("Run /sbin/none as init process|Kernel panic - not syncing: Requested init /sbin/none failed (error -2).", 2)]
    [InlineData("Run /init as init process|Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000", 2)]
    [InlineData("[    0.8] List of all partitions:|[    0.9] No filesystem could mount root, tried: ", 0)]
    public void A_kernel_is_up_when_it_looks_for_its_root_file_system_or_first_program(string console, int lines)
    {
        BootWatch watch = new();
        Assert.Equal(lines, Array.FindIndex(console.Split('|'), watch.IsUp) + 1);
    }

    [Theory]
    [InlineData("[    0.1] Kernel panic - not syncing: Out of memory", "The kernel stopped too early: [    0.1] Kernel panic - not syncing: Out of memory")]
    [InlineData("[    0.1] Kernel panic - not syncing:|[    0.1] Out of memory", "The kernel stopped too early: [    0.1] Kernel panic - not syncing: [    0.1] Out of memory")]
    public void Another_panic_is_said_with_its_reason(string console, string sentence)
    {
        BootWatch watch = new();
        BootFailedException failure = Assert.Throws<BootFailedException>(() => Array.FindIndex(console.Split('|'), watch.IsUp));
        Assert.Equal(sentence, failure.Message);
    }
}
