using System.Runtime;

namespace Ptewright.Boot;

/// <summary>The entry from assembly.</summary>
internal static unsafe class Kernel
{
    [RuntimeExport("boot_main")]
    private static void Start(BootInfo* info) => BootRun.Run(*info);

    // The compilers ask for it; start-up code calls Start.
    private static void Main()
    {
    }
}
