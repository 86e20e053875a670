using System.Runtime;
using Ptewright.Memory;

namespace Ptewright.Boot;

/// <summary>The entry from assembly.</summary>
internal static unsafe class Kernel
{
    // Pages of 4 KiB for what has to be mapped before the first regime: device tree and console.
    private const ulong FirstReserve = 1 << 16;

    [RuntimeExport("boot_main")]
    private static void Start(BootInfo* info)
    {
        Machine.Find(*info, new ReservePageAllocator(info->Reserve, info->Reserve + FirstReserve, 1 << 12), out Machine machine);
        Output.Line("ptewright-boot");
        Output.Hex(info->Image.Value);
        Output.Line();
        Firmware.PowerOff();
    }

    // The compilers ask for it; start-up code calls Start.
    private static void Main()
    {
    }
}
